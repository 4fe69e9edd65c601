using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Sento.MySql.SignIn;

/// <summary>
/// What a database keeps of an account's password, as AuthQuery has found it: nobody gets in with it alone.
/// Immutable; any thread.
/// </summary>
internal sealed class AccountVerifier
{
    /// <summary>Twenty times MySQL's default; more would be more work than a sign-in is worth.</summary>
    private const int RoundsMax = 100_000;

    private const int RoundsUnit = 1000, SaltBytes = 20;

    private readonly byte[] _text;
    private readonly byte[] _salt = [];
    private readonly string _digest = "";
    private readonly int _rounds;

    private AccountVerifier(string plugin, string text)
    {
        Plugin = plugin;
        _text = Encoding.Latin1.GetBytes(text);
        if (plugin == AuthPlugin.Native)
        {
            NativeTwice = Convert.FromHexString(text.AsSpan(1));
            return;
        }
        _rounds = RoundsUnit * int.Parse(
            text.AsSpan(3, 3), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        _salt = Encoding.Latin1.GetBytes(text.Substring(7, SaltBytes));
        _digest = text[(7 + SaltBytes)..];
    }

    /// <summary>mysql_native_password or caching_sha2_password.</summary>
    public string Plugin { get; }

    /// <summary>SHA1(SHA1(password)); empty with caching_sha2_password.</summary>
    public byte[] NativeTwice { get; } = [];

    /// <summary>Whom it is of does not exist.</summary>
    public bool IsDecoy { get; private init; }

    /// <summary>
    /// '*' and 40 hexadecimal digits, or $A$, rounds by the thousand in three of them, $, salt and digest.
    /// </summary>
    public static bool TryRead(string plugin, string text, out AccountVerifier? verifier)
    {
        var isRead = plugin switch
        {
            AuthPlugin.Native => text.Length == 1 + 2 * SHA1.HashSizeInBytes && text[0] == '*'
                && text.AsSpan(1).IndexOfAnyExcept(Hex) < 0,
            AuthPlugin.CachingSha2 => text.Length == 7 + SaltBytes + ShaCrypt.DigestBytes
                && text.StartsWith("$A$", StringComparison.Ordinal) && text[6] == '$'
                && int.TryParse(text.AsSpan(3, 3), NumberStyles.AllowHexSpecifier,
                    CultureInfo.InvariantCulture, out var thousands)
                && thousands is > 0 and <= RoundsMax / RoundsUnit,
            _ => false,
        };
        verifier = isRead ? new AccountVerifier(plugin, text) : null;
        return isRead;
    }

    /// <summary>Of somebody who does not exist: the same questions and the same work.</summary>
    public static AccountVerifier Decoy(string plugin)
    {
        var isNative = plugin == AuthPlugin.Native;
        var random = Convert.ToHexString(RandomNumberGenerator.GetBytes(32));
        var text = isNative ? "*" + random[..(2 * SHA1.HashSizeInBytes)]
            : $"$A$005${random[..SaltBytes]}{random[..ShaCrypt.DigestBytes]}";
        return new AccountVerifier(isNative ? plugin : AuthPlugin.CachingSha2, text) { IsDecoy = true };
    }

    public bool IsSame(AccountVerifier other) =>
        Plugin == other.Plugin && CryptographicOperations.FixedTimeEquals(_text, other._text);

    /// <summary>Milliseconds with caching_sha2_password; not on a loop thread.</summary>
    public bool IsPassword(ReadOnlySpan<byte> given)
    {
        if (given.IsEmpty || given.Length > ShaCrypt.PasswordBytesMax)
            return false;
        if (Plugin == AuthPlugin.Native)
            return CryptographicOperations.FixedTimeEquals(PasswordProof.NativeTwice(given), NativeTwice);
        return CryptographicOperations.FixedTimeEquals(
            Encoding.Latin1.GetBytes(ShaCrypt.Digest(given, _salt, _rounds)),
            Encoding.Latin1.GetBytes(_digest));
    }

    private static readonly System.Buffers.SearchValues<char> Hex =
        System.Buffers.SearchValues.Create("0123456789abcdefABCDEF");
}
