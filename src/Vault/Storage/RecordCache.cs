using System.Text.Json;
using Sento.Vault.Keys;

namespace Sento.Vault.Storage;

/// <summary>
/// All records in memory, as they stand in the file, read again when another process has written. Under the
/// vault's lock.
/// </summary>
internal sealed class RecordCache(VaultFile file, string manifestName)
{
    private readonly Dictionary<string, SecretRecord> _byArn = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _arnByName = new(StringComparer.Ordinal);
    private long _dataVersion = -1;

    public IEnumerable<SecretRecord> All => _byArn.Values;

    public Manifest Manifest { get; } = new();

    public SecretRecord? ByArn(string arn) => _byArn.GetValueOrDefault(arn);

    public SecretRecord? ByName(string name) =>
        _arnByName.TryGetValue(name, out var arn) ? _byArn[arn] : null;

    public static string Belonging(string arn, string name) => $"secret\0{arn}\0{name}";

    public void Put(SecretRecord record)
    {
        _byArn[record.Arn] = record;
        _arnByName[record.Name] = record.Arn;
    }

    public void Remove(SecretRecord record)
    {
        _byArn.Remove(record.Arn);
        _arnByName.Remove(record.Name);
    }

    /// <summary>Another connection has written since, or a write of ours was undone.</summary>
    public bool IsStale => _dataVersion != file.DataVersion;

    public void Forget() => _dataVersion = -1;

    /// <exception cref="VaultFault">A row does not open, or the set is not the one that was
    /// written.</exception>
    public void Refresh(KeyRing ring)
    {
        var version = file.DataVersion;
        if (version == _dataVersion)
            return;
        // Another process may commit between two statements: rows and manifest must be of one moment.
        file.InSnapshot(() => ReadAll(ring));
        _dataVersion = version;
    }

    private void ReadAll(KeyRing ring)
    {
        _byArn.Clear();
        _arnByName.Clear();
        Manifest.Clear();
        foreach (var row in file.Rows("SELECT arn, name, sealed FROM secret"))
        {
            var (arn, name, envelope) = ((string)row[0], (string)row[1], (byte[])row[2]);
            using var plain = Envelope.Open(ring, Belonging(arn, name), envelope);
            var record = JsonSerializer.Deserialize(plain.Span, RecordJson.Default.SecretRecord)!;
            Manifest.Add(arn, envelope);
            Put(record);
        }
        var documents = file.Rows(
            "SELECT name, sealed FROM document WHERE name <> $manifest", ("$manifest", manifestName));
        foreach (var row in documents)
            Manifest.Add(SecretVault.DocumentBelonging((string)row[0]), (byte[])row[1]);
        CheckManifest(ring);
    }

    private void CheckManifest(KeyRing ring)
    {
        var envelope = (byte[]?)file.Scalar(
            "SELECT sealed FROM document WHERE name = $name", ("$name", manifestName));
        if (envelope is null)
            throw Missing();
        using var plain = Envelope.Open(ring, SecretVault.DocumentBelonging(manifestName), envelope);
        if (!plain.FixedTimeEquals(Manifest.ToBytes()))
            throw Missing();
    }

    private VaultFault Missing() => new(
        $"{file.Path}: secrets were removed or put back from an older copy, not by Sento: "
        + "restore the vault from a backup");
}
