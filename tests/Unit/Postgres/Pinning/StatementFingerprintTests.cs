using System.Text;
using CsCheck;
using Sento.Postgres.Pinning;
using Xunit;

namespace Sento.Tests.Unit.Postgres.Pinning;

public sealed class StatementFingerprintTests
{
    [Theory]
    [InlineData("SET search_path TO a, B,'c'", "set search_path to $1,$2,$3")]
    [InlineData("SET work_mem='1MB'", "set work_mem = $1")]
    [InlineData("SET TIME ZONE 'UTC'", "set time zone $1")]
    [InlineData("SET ROLE bob", "set role $1")]
    [InlineData(
        "SELECT  * FROM t\nWHERE a=1 AND b IN('x', -2.5)",
        "select * from t where a = $1 and b in($2,- $3)")]
    [InlineData("SELECT count( * ) , \"Id\"::text FROM a.b -- x", "select count(*),\"id\"::text from a.b")]
    [InlineData("SELECT a <= $2, E'x', $$y$$, b'1' /* z */;", "select a <= $1,$2,$3,$4;")]
    [InlineData("UPDATE t SET a = b", "update t set a = b")]
    [InlineData("SELECT 1e5, 0xFF, 1.5e3::int", "select $1,$2,$3::int")]
    [InlineData("ALTER USER bob PASSWORD \"x\"", "alter user bob password $1")]
    [InlineData("SELECT 'x", "select $1…")]
    [InlineData("SELECT 'x\\', secret, '", "select $1…")]
    [InlineData("", "")]
    public void Values_are_replaced(string text, string digest) => Assert.Equal(digest, Of(text).Digest);

    [Theory]
    [InlineData("SELECT 1", "select\n 2 -- x")]
    [InlineData("SET a = b", "set A TO 'c'", false)]
    [InlineData("SELECT a,b FROM t", "SELECT a , b FROM t")]
    [InlineData("SELECT a FROM t", "SELECT b FROM t", false)]
    public void Equal_texts_have_equal_hashes(string one, string other, bool areEqual = true) =>
        Assert.Equal(areEqual, Of(one).Hash == Of(other).Hash);

    [Fact]
    public void A_long_digest_is_cut_but_its_hash_is_whole()
    {
        var one = Of("SELECT " + new string('a', 1000));
        Assert.Equal(StatementFingerprint.DigestCharsMax + 1, one.Digest.Length);
        Assert.EndsWith("…", one.Digest);
        Assert.NotEqual(one.Hash, Of("SELECT " + new string('a', 1001)).Hash);
    }

    [Theory]
    [InlineData("SELECT * FROM t WHERE a = 'Geheim7' AND b = 'it''s Geheim7'")]
    [InlineData("SELECT E'x\\' Geheim7 \\'', 'C:\\dir\\', 'Geheim7'")]
    [InlineData("SELECT 'a\\' Geheim7', 1")]
    [InlineData("SELECT $x$ Geheim7 $$ $x$, $$Geheim7$$, U&'Geheim7', N'Geheim7', X'Geheim7'")]
    [InlineData("SET app.secret = Geheim7; SET app.secret TO \"Geheim7\", Geheim7")]
    [InlineData("SET SESSION app.secret = 'Geheim7'; SELECT set_config('a', 'Geheim7', false)")]
    [InlineData("ALTER ROLE bob PASSWORD 'Geheim7'; CREATE USER x PASSWORD Geheim7")]
    [InlineData("SELECT 1 /* Geheim7 /* Geheim7 */ Geheim7 */ -- Geheim7")]
    [InlineData("SELECT E'a'\n'\\' Geheim7 '")]
    public void Values_never_show_even_in_cut_texts(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var length = 0; length <= bytes.Length; length++)
        {
            var digest = StatementFingerprint.Of(bytes.AsSpan(0, length)).Digest;
            Assert.DoesNotContain("heim", digest, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public void Any_bytes_have_a_short_printable_digest() =>
        Gen.Byte.Array[0, 400].Sample(bytes =>
        {
            var digest = StatementFingerprint.Of(bytes).Digest;
            return digest.Length <= StatementFingerprint.DigestCharsMax + 1
                && digest.All(letter => letter is >= ' ' and <= '~' or '…');
        });

    private static StatementFingerprint Of(string text) =>
        StatementFingerprint.Of(Encoding.UTF8.GetBytes(text));
}
