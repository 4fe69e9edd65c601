using CsCheck;
using Sento.Base;
using Sento.Postgres.SignIn;
using Sento.Postgres.SignIn.Scram;
using Xunit;

namespace Sento.Tests.Unit.Postgres.SignIn;

public sealed class ScramVerifierTests
{
    // As PostgreSQL 15 makes it from the password "pencil" and RFC 7677's salt.
    private const string Pencil = "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ=="
        + "$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

    [Fact]
    public void A_password_gives_the_verifier_that_postgresql_keeps()
    {
        var verifier = ScramVerifier.FromPassword(
            "pencil"u8, Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ=="));
        Assert.Equal(Pencil, verifier.Format());
    }

    [Fact]
    public void A_verifier_reads_as_it_is_written()
    {
        Assert.True(ScramVerifier.TryParse(Pencil, out var verifier));
        Assert.Equal(Pencil, verifier!.Format());
        Assert.Equal(4096, verifier.Iterations);
        Assert.Equal("(secret)", verifier.ToString());
        Assert.IsType<PasswordVerifier.Scram>(Parse(Pencil));
    }

    [Theory]
    [InlineData("")]
    [InlineData("SCRAM-SHA-256")]
    [InlineData("SCRAM-SHA-256$")]
    [InlineData("SCRAM-SHA-256$4096")]
    [InlineData("SCRAM-SHA-256$4096:AAAA$AAAA")]
    [InlineData("SCRAM-SHA-256$4096:AAAA$AAAA:AAAA")]
    [InlineData("SCRAM-SHA-1$4096:AAAA$AAAA:AAAA")]
    [InlineData("scram-sha-256$4096:AAAA$AAAA:AAAA")]
    public void What_is_no_verifier_is_refused(string text) => Assert.Null(Parse(text));

    [Theory]
    [InlineData("$4096:", "$0:")]
    [InlineData("$4096:", "$-1:")]
    [InlineData("$4096:", "$+1:")]
    [InlineData("$4096:", "$ 1:")]
    [InlineData("$4096:", "$1000001:")]
    [InlineData("$4096:", "$99999999999999999999:")]
    [InlineData("$4096:", "$:")]
    [InlineData("W22ZaJ0SNY7soEsUEjb6gQ==", "")]
    [InlineData("W22ZaJ0SNY7soEsUEjb6gQ==", "W22ZaJ0SNY7soEsUEjb6gR==")]
    [InlineData("W22ZaJ0SNY7soEsUEjb6gQ==", "W22ZaJ0SNY7soEsUEjb6gQ")]
    [InlineData("W22ZaJ0SNY7soEsUEjb6gQ==", "W22ZaJ0SNY7soEsUEjb6gQ==\n")]
    [InlineData("W22ZaJ0SNY7soEsUEjb6gQ==", " W22ZaJ0SNY7soEsUEjb6gQ==")]
    [InlineData("2dU=", "2dU=:")]
    [InlineData("2dU=", "2dU=$")]
    public void A_verifier_with_a_broken_part_is_refused(string part, string broken) =>
        Assert.Null(Parse(Pencil.Replace(part, broken, StringComparison.Ordinal)));

    [Fact]
    public void Md5_verifiers_are_recognised()
    {
        Assert.IsType<PasswordVerifier.Md5>(Parse("md5a3556571e93b0d20722ba62be61e8c2d"));
        Assert.Null(Parse("md5A3556571E93B0D20722BA62BE61E8C2D"));
        Assert.Null(Parse("md5a3556571e93b0d20722ba62be61e8c2"));
        Assert.Null(Parse("md5a3556571e93b0d20722ba62be61e8c2dd"));
    }

    [Fact]
    public void Md5_answers_are_postgresql_s()
    {
        var verifier = Md5Password.Verifier("md5pass"u8, "md5user");
        Assert.Equal(Md5Password.Bytes, Md5Password.Answer(verifier, [1, 2, 3, 4]).Length);
        Assert.True(Md5Password.IsVerifier(verifier));
        // SELECT 'md5' || md5('passwordpostgres')
        Assert.Equal(
            "md532e12f215ba27cb750c9e093ce4b5127"u8.ToArray(),
            Md5Password.Verifier("password"u8, "postgres"));
    }

    [Fact]
    public void Mutated_verifiers_are_read_or_refused() =>
        Gen.Select(Gen.Int[0, Pencil.Length - 1], Gen.Char, Gen.Int[0, 2]).Sample((at, letter, kind) =>
        {
            var text = kind switch
            {
                0 => Pencil[..at] + letter + Pencil[(at + 1)..],
                1 => Pencil[..at] + letter + Pencil[at..],
                _ => Pencil[..at],
            };
            // Either refused, or the very text that it would itself write.
            Assert.True(!ScramVerifier.TryParse(text, out var verifier) || verifier!.Format() == text
                || text.Contains("$0", StringComparison.Ordinal));
        });

    [Fact]
    public void The_cache_makes_a_verifier_once_for_each_secret()
    {
        var cache = new ScramVerifierCache(ScramSalts.Random(), iterations: 2);
        using var first = SecretBytes.FromText("first");
        using var second = SecretBytes.FromText("second");
        Assert.False(cache.TryGet("u", first, out _));
        var made = cache.GetOrMake("u", first);
        Assert.Same(made, cache.GetOrMake("u", first));
        Assert.True(cache.TryGet("u", first, out var found));
        Assert.Same(made, found);
        Assert.False(cache.TryGet("u", second, out _));
        Assert.False(cache.TryGet("v", first, out _));
        Assert.NotEqual(made.Format(), cache.GetOrMake("u", second).Format());
    }

    [Fact]
    public void A_salt_tells_nothing_of_whether_the_user_exists()
    {
        var salts = ScramSalts.Random();
        var cache = new ScramVerifierCache(salts, iterations: 2);
        using var password = SecretBytes.FromText("p");
        var known = cache.GetOrMake("u", password);
        var mock = salts.MockOf("u", 2);
        Assert.True(known.Salt.SequenceEqual(mock.Salt));
        Assert.False(known.StoredKey.SequenceEqual(mock.StoredKey));
        Assert.False(salts.MockOf("v", 2).Salt.SequenceEqual(mock.Salt));
        Assert.False(ScramSalts.Random().MockOf("u", 2).Salt.SequenceEqual(mock.Salt));
    }

    [Fact]
    public void The_key_cache_forgets_the_oldest()
    {
        var cache = new ScramKeyCache();
        var keys = new ScramKeys(new byte[32], new byte[32]);
        for (var index = 0; index < 100; index++)
        {
            cache.Add([(byte)index], 1, keys);
            Assert.True(cache.TryGet([(byte)index], 1, out _));
            Assert.False(cache.TryGet([(byte)index], 2, out _));
        }
        Assert.False(cache.TryGet([0], 1, out _));
        Assert.True(cache.TryGet([90], 1, out _));
    }

    private static PasswordVerifier? Parse(string text) =>
        PasswordVerifier.TryParse(text, out var verifier) ? verifier : null;
}
