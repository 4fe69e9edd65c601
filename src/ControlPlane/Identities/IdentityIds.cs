using System.Security.Cryptography;

namespace Sento.ControlPlane.Identities;

/// <summary>Ids and secrets of AWS's form, never given twice.</summary>
public static class IdentityIds
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private const int SecretBytes = 30;

    /// <param name="prefix">AIDA for a user, AROA for a role, ANPA for a policy.</param>
    public static string New(string prefix) => prefix + RandomNumberGenerator.GetString(Alphabet, 17);

    /// <param name="prefix">AKIA for a key that lasts, ASIA for one of a session.</param>
    public static string NewKey(string prefix) => prefix + RandomNumberGenerator.GetString(Alphabet, 16);

    /// <summary>40 characters.</summary>
    public static string NewSecret() =>
        Convert.ToBase64String(RandomNumberGenerator.GetBytes(SecretBytes));
}
