using System.Security.Cryptography;
using System.Text;
using Sento.Base;

namespace Sento.ControlPlane.Secrets;

/// <summary>What a random password is made of. Pure but for chance.</summary>
internal sealed record PasswordRules
{
    private const string Numbers = "0123456789";
    private const string Punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
    private const string Uppercase = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    private const string Lowercase = "abcdefghijklmnopqrstuvwxyz";

    /// <summary>
    /// Characters that a rotated password never has: they would need quoting in URLs and connection strings.
    /// </summary>
    public const string ExcludedInRotations = "/@\"'\\";

    public int Length { get; init; } = 32;

    public string Excluded { get; init; } = "";

    public bool HasNumbers { get; init; } = true;

    public bool HasPunctuation { get; init; } = true;

    public bool HasUppercase { get; init; } = true;

    public bool HasLowercase { get; init; } = true;

    public bool HasSpace { get; init; }

    /// <summary>At least one character of each included type.</summary>
    public bool HasEachType { get; init; } = true;

    /// <param name="fault">Why these rules allow no password; null: they do.</param>
    public SecretBytes Make(out string? fault)
    {
        var types = Types().Where(type => type.Length > 0).ToList();
        fault = null;
        if (types.Count == 0)
            fault = "The password can't be made: every character is excluded.";
        else if (HasEachType && Length < types.Count)
            fault = $"The PasswordLength {Length} is too small for one character of each of the "
                + $"{types.Count} "
                + "included types.";
        else if (Length < 4 && HasEachType)
            fault = $"The PasswordLength {Length} is too small: at least 4.";
        if (fault is not null)
            return new SecretBytes([]);
        var all = string.Concat(types);
        Span<char> password = stackalloc char[Length];
        RandomNumberGenerator.GetItems(all, password);
        if (HasEachType)
        {
            for (var i = 0; i < types.Count; i++)
                password[i] = types[i][RandomNumberGenerator.GetInt32(types[i].Length)];
            RandomNumberGenerator.Shuffle(password);
        }
        Span<byte> bytes = stackalloc byte[Length];
        Encoding.ASCII.GetBytes(password, bytes);
        var secret = new SecretBytes(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        password.Clear();
        return secret;
    }

    private IEnumerable<string> Types()
    {
        yield return Allowed(HasNumbers, Numbers);
        yield return Allowed(HasPunctuation, Punctuation);
        yield return Allowed(HasUppercase, Uppercase);
        yield return Allowed(HasLowercase, Lowercase);
        yield return Allowed(HasSpace, " ");
    }

    private string Allowed(bool isIncluded, string characters) => isIncluded
        ? new string([.. characters.Where(c => !Excluded.Contains(c, StringComparison.Ordinal))])
        : "";
}
