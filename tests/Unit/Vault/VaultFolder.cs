using Sento.Vault;
using Sento.Vault.Keys;

namespace Sento.Tests.Unit.Vault;

/// <summary>A vault in a folder that goes away with the test.</summary>
internal sealed class VaultFolder : IDisposable
{
    public const string Account = "123456789012";
    public const string Region = "eu-central-1";

    private readonly string _root = Directory.CreateTempSubdirectory("sento-vault-").FullName;

    public string Folder => Path.Combine(_root, "vault");

    public string RingFile => Path.Combine(_root, "keys");

    public string File => Path.Combine(Folder, SecretVault.FileName);

    public KeyRingSource Ring => KeyRingSource.OfFile(RingFile);

    public string At(string name) => Path.Combine(_root, name);

    public SecretVault Create() => SecretVault.Create(Folder, Ring, Account, Region);

    public SecretVault Open() => SecretVault.Open(Folder, Ring);

    /// <summary>A secret with one current version.</summary>
    public static SecretRecord Add(SecretVault vault, string name, string value, string versionId = "v1") =>
        vault.Write(writer =>
        {
            var now = DateTimeOffset.UnixEpoch.AddDays(20_000);
            var record = new SecretRecord
            {
                Arn = SecretId.NewArn(vault.Region, vault.AccountId, name),
                Name = name,
                CreatedDate = now,
                Versions = [new SecretVersion(versionId, [Stage.Current], now)],
            };
            using var secret = SecretValue.OfText(value);
            writer.Put(record);
            writer.PutValue(record.Arn, versionId, secret);
            return record;
        });

    public static string Text(SecretVault vault, SecretRecord record, string versionId = "v1")
    {
        using var value = vault.ReadValue(record, record.Find(versionId)!)!;
        return System.Text.Encoding.UTF8.GetString(value.Bytes.Span);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
