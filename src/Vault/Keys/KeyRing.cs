using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Sento.Vault.Keys;

/// <summary>
/// The keys that wrap data keys: the last one wraps, all unwrap. Immutable; any thread. Wiped when disposed.
/// </summary>
/// <remarks>
/// As text, one key a line, oldest first: its id, a space, 32 bytes in base64. Lines that begin with # are
/// comments.
/// </remarks>
public sealed class KeyRing : IDisposable
{
    public const int KeyBytes = 32;
    private const int KeysMax = 64;
    private const int IdCharactersMax = 32;

    private readonly List<(string Id, byte[] Key)> _keys;

    private KeyRing(List<(string Id, byte[] Key)> keys) => _keys = keys;

    /// <summary>The key that wraps what is written from now on.</summary>
    public string CurrentId => _keys[^1].Id;

    public IEnumerable<string> Ids => _keys.Select(key => key.Id);

    /// <param name="source">Where the text is from, for the message.</param>
    /// <exception cref="VaultFault">It is no key ring; the message shows nothing of it.</exception>
    public static KeyRing Parse(string text, string source)
    {
        var keys = new List<(string Id, byte[] Key)>();
        var number = 0;
        foreach (var line in text.Split('\n').Select(line => line.Trim()))
        {
            number++;
            if (line.Length == 0 || line[0] == '#')
                continue;
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length != 2 || !IsId(words[0]) || !TryDecode(words[1], out var key))
                throw new VaultFault(
                    $"{source}, line {number}: a key is an id (letters, digits and -), a space and 32 bytes "
                    + "in base64");
            if (keys.Exists(known => known.Id == words[0]))
                throw new VaultFault($"{source}, line {number}: key {words[0]} stands there twice");
            keys.Add((words[0], key));
        }
        if (keys.Count is 0 or > KeysMax)
            throw new VaultFault($"{source} holds {keys.Count} keys; a key ring has 1 to {KeysMax}");
        return new KeyRing(keys);
    }

    /// <summary>A line with a new random key.</summary>
    public static string NewLine(DateTimeOffset now)
    {
        var key = RandomNumberGenerator.GetBytes(KeyBytes);
        var id = $"k{now:yyyyMMdd}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(3))}";
        var line = $"{id} {Convert.ToBase64String(key)}\n";
        CryptographicOperations.ZeroMemory(key);
        return line;
    }

    /// <returns>Empty: the ring has no such key.</returns>
    internal ReadOnlySpan<byte> Find(string id)
    {
        foreach (var key in _keys)
        {
            if (key.Id == id)
                return key.Key;
        }
        return default;
    }

    public void Dispose()
    {
        foreach (var key in _keys)
            CryptographicOperations.ZeroMemory(key.Key);
    }

    private static bool IsId(string text) => text.Length is > 0 and <= IdCharactersMax
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');

    private static bool TryDecode(string text, out byte[] key)
    {
        key = new byte[KeyBytes];
        return Base64.IsValid(text)
            && Base64.DecodeFromUtf8(Encoding.ASCII.GetBytes(text), key, out _, out var written)
                == System.Buffers.OperationStatus.Done
            && written == KeyBytes;
    }
}
