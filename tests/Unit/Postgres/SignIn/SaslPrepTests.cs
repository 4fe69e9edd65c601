using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Sento.Postgres.SignIn.Scram;
using Xunit;

namespace Sento.Tests.Unit.Postgres.SignIn;

public sealed class SaslPrepTests
{
    [Theory]
    // RFC 4013, Examples.
    [InlineData("I\u00ADX", "IX")]
    [InlineData("user", "user")]
    [InlineData("USER", "USER")]
    [InlineData("\u00AA", "a")]
    [InlineData("\u2168", "IX")]
    // Prohibited or of mixed direction: as they are.
    [InlineData("\u0007", "\u0007")]
    [InlineData("\u0627\u0031", "\u0627\u0031")]
    [InlineData("a\u0007\u2168", "a\u0007\u2168")]
    // Nothing would be left: as it is.
    [InlineData("\u00AD", "\u00AD")]
    // Spaces become one kind of space, zero width space too, as PostgreSQL has it.
    [InlineData("a\u00A0b\u3000c\u200Bd", "a b c d")]
    // Marks are sorted and composed; Hangul by arithmetic.
    [InlineData("a\u0323\u0307\u0308", "\u1EA1\u0307\u0308")]
    [InlineData("s\u0307\u0323", "\u1E69")]
    [InlineData("\u1112\u1161\u11AB", "\uD55C")]
    [InlineData("\uD55C\u11AB", "\uD55C\u11AB")]
    [InlineData("\uFDFA", "\u0635\u0644\u0649 \u0627\u0644\u0644\u0647 \u0639\u0644\u064A\u0647 "
        + "\u0648\u0633\u0644\u0645")]
    [InlineData("", "")]
    public void Passwords_are_prepared_as_postgresql_does(string password, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(SaslPrep.Prepare(Encoding.UTF8.GetBytes(password))));

    [Theory]
    [InlineData("FF")]
    [InlineData("61C3")]
    [InlineData("EDA080")]
    [InlineData("C080")]
    [InlineData("F4908080")]
    public void What_is_not_utf8_is_taken_as_it_is(string hex)
    {
        var bytes = Convert.FromHexString(hex);
        Assert.Equal(bytes, SaslPrep.Prepare(bytes));
    }

    /// <summary>The digest comes from an independent implementation over Unicode's own data.</summary>
    [Fact]
    public void Every_single_character_is_prepared_right()
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> bytes = stackalloc byte[4];
        for (var code = 0; code < 0x110000; code++)
        {
            if (!Rune.TryCreate(code, out var rune))
                continue;
            digest.AppendData(SaslPrep.Prepare(bytes[..rune.EncodeToUtf8(bytes)]));
        }
        Assert.Equal(
            "00DFF0CB4E44E4B2DCD2147E7EBD96C170A9387E0442AE13C03BDCD72C184A33",
            Convert.ToHexString(digest.GetHashAndReset()));
    }

    /// <summary>40 000 texts from scripts where composing and reordering happen; digest as above.</summary>
    [Fact]
    public void Sequences_are_composed_right()
    {
        (int First, int Last)[] pools =
        [
            (0x61, 0x7a), (0xc0, 0x17f), (0x300, 0x345), (0x1e00, 0x1eff), (0x5d0, 0x64a), (0x900, 0x9ff),
            (0x1100, 0x11ff), (0xac00, 0xd7a3), (0x3040, 0x30ff), (0xfb00, 0xfb4f), (0x1d15e, 0x1d17f),
            (0x591, 0x5c4),
        ];
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var state = 1L;
        for (var round = 0; round < 40_000; round++)
        {
            var script = pools[Next(pools.Length)];
            var text = new StringBuilder();
            var count = 1 + Next(7);
            for (var index = 0; index < count; index++)
            {
                var (first, last) = Next(3) != 0 ? script : pools[Next(pools.Length)];
                text.Append(char.ConvertFromUtf32(first + Next(last - first + 1)));
            }
            digest.AppendData(SaslPrep.Prepare(Encoding.UTF8.GetBytes(text.ToString())));
        }
        Assert.Equal(
            "4ED0C8878C55BF133F71C75A9A71227A9890B16FDACBAB3D080819523561E4DB",
            Convert.ToHexString(digest.GetHashAndReset()));

        int Next(int bound)
        {
            state = ((state * 1103515245) + 12345) & 0x7fffffff;
            return (int)((state >> 8) % bound);
        }
    }

    [Fact]
    public void Random_bytes_are_prepared_without_a_fault() =>
        Gen.Byte.Array[0, 200].Sample(bytes => SaslPrep.Prepare(bytes).Length <= bytes.Length * 18);

    [Fact]
    public void A_long_run_of_marks_takes_no_quadratic_time()
    {
        var text = "a" + string.Concat(Enumerable.Repeat("\u0301\u0323", 15_000));
        var watch = System.Diagnostics.Stopwatch.StartNew();
        SaslPrep.Prepare(Encoding.UTF8.GetBytes(text));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"took {watch.Elapsed}");
    }
}
