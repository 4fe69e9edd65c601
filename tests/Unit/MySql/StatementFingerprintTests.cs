using System.Text;
using CsCheck;
using Sento.MySql.Pinning;
using Xunit;

namespace Sento.Tests.Unit.MySql;

public sealed class StatementFingerprintTests
{
    [Theory]
    [InlineData("SET @a = 5, @b='x', @c := f(B, 'x')", "set @a = ?,@b = ?,@c := ? (?,?)")]
    [InlineData("SET NAMES latin1 COLLATE latin1_bin", "set names ? ? ?")]
    [InlineData("set session sql_mode = ANSI, autocommit = 0", "set session sql_mode = ?,autocommit = ?")]
    [InlineData("SET ROLE auditor", "set role ?")]
    [InlineData("SELECT  * FROM `t`\nWHERE a=1 AND b IN('x', -2.5)",
        "select * from `t` where a = ? and b in(?,- ?)")]
    [InlineData("SELECT count( * ) , \"Id\" FROM a.b -- x", "select count(*),? from a.b")]
    [InlineData("SELECT 1e5, 0xFF, 1.5e3, x'41', _utf8'x', @@session.a, @a;",
        "select ?,?,?,x ?,_utf8 ?,@@session.a,@a;")]
    [InlineData("CREATE USER 'a'@'b' IDENTIFIED BY 'c'", "create user ? ? identified by ?")]
    [InlineData("SELECT 'x", "select ?…")]
    [InlineData("SELECT 'x\\', secret, '", "select ?…")]
    [InlineData("SELECT /*!40000 1 */", "select ?…")]
    [InlineData("create table t (a int) /*! ENGINE = innodb */", "create table t(a int)")]
    [InlineData("", "")]
    public void Values_are_replaced(string text, string digest) => Assert.Equal(digest, Of(text));

    [Fact]
    public void A_long_digest_is_cut()
    {
        var digest = Of("SELECT " + new string('a', 1000));
        Assert.Equal(StatementFingerprint.DigestCharsMax + 1, digest.Length);
        Assert.EndsWith("…", digest);
    }

    [Theory]
    [InlineData("SELECT * FROM t WHERE a = 'Geheim7' AND b = \"it''s Geheim7\"")]
    [InlineData("SELECT 'x\\' Geheim7 \\'', 'C:\\dir\\', 'Geheim7'")]
    [InlineData("SELECT \"a\\\" Geheim7\", 'a\\\\' , Geheim7', 1")]
    [InlineData("SELECT N'Geheim7', X'Geheim7', `a`, @'Geheim7', b@`Geheim7`")]
    [InlineData("SET @a = Geheim7; SET @b := (SELECT \"Geheim7\", Geheim7), SESSION x = Geheim7")]
    [InlineData("SET PASSWORD FOR bob = 'Geheim7'; ALTER USER bob IDENTIFIED BY 'Geheim7'")]
    [InlineData("SELECT 1 /* Geheim7 */ -- Geheim7\n + 2 # Geheim7")]
    [InlineData("SELECT '\u0105\\' Geheim7 \\''")]
    public void Values_never_show_even_in_cut_texts(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var mode = 0; mode < 8; mode++)
        {
            for (var length = 0; length <= bytes.Length; length++)
            {
                var digest = StatementFingerprint.Of(bytes.AsSpan(0, length), (ScanMode)mode);
                Assert.DoesNotContain("heim", digest, StringComparison.OrdinalIgnoreCase);
            }
        }
    }

    [Fact]
    public void Any_bytes_have_a_short_printable_digest() =>
        Gen.Select(Gen.Byte.Array[0, 400], Gen.Int[0, 7]).Sample((bytes, mode) =>
        {
            var digest = StatementFingerprint.Of(bytes, (ScanMode)mode);
            return digest.Length <= StatementFingerprint.DigestCharsMax + 1
                && digest.All(letter => letter is >= ' ' and <= '~' or '…');
        });

    private static string Of(string text) =>
        StatementFingerprint.Of(Encoding.UTF8.GetBytes(text), ScanMode.None);
}
