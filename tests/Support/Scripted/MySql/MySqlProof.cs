using System.Security.Cryptography;
using System.Text;

namespace Sento.Tests.Support.Scripted.MySql;

/// <summary>What a client shows of its password. MySQL Internals, Authentication Method.</summary>
public static class MySqlProof
{
    public const string Native = "mysql_native_password";
    public const string Sha2 = "caching_sha2_password";
    public const string Clear = "mysql_clear_password";

    public static byte[] Of(string plugin, string password, byte[] salt)
    {
        var bytes = Encoding.UTF8.GetBytes(password);
        if (plugin == Clear)
            return [.. bytes, 0];
        if (bytes.Length == 0)
            return [];
        return plugin switch
        {
            Native => Xor(SHA1.HashData(bytes), SHA1.HashData([.. salt,
                .. SHA1.HashData(SHA1.HashData(bytes))])),
            Sha2 => Xor(SHA256.HashData(bytes),
                SHA256.HashData([.. SHA256.HashData(SHA256.HashData(bytes)), .. salt])),
            _ => throw new NotSupportedException($"Scripts do not know {plugin}."),
        };
    }

    /// <summary>The password by the server's public key.</summary>
    public static byte[] Encrypted(string password, byte[] salt, string pem)
    {
        using var key = RSA.Create();
        key.ImportFromPem(pem);
        byte[] text = [.. Encoding.UTF8.GetBytes(password), 0];
        for (var i = 0; i < text.Length; i++)
            text[i] ^= salt[i % salt.Length];
        return key.Encrypt(text, RSAEncryptionPadding.OaepSHA1);
    }

    private static byte[] Xor(byte[] a, byte[] b) => [.. a.Zip(b, (x, y) => (byte)(x ^ y))];
}
