using System.Text.Json;
using Sento.Base;
using Sento.Vault.Keys;
using Sento.Vault.Storage;

namespace Sento.Vault;

/// <summary>
/// The verbs inside one transaction of <see cref="SecretVault.Write"/>; nothing of it is seen before its end.
/// </summary>
public sealed class VaultWriter
{
    private readonly VaultFile _file;
    private readonly RecordCache _cache;
    private readonly KeyRing _ring;
    private bool _hasChanges;

    internal VaultWriter(VaultFile file, RecordCache cache, KeyRing ring) =>
        (_file, _cache, _ring) = (file, cache, ring);

    /// <summary>Makes the record what it says, or adds it.</summary>
    public void Put(SecretRecord record)
    {
        if (ReadSealed(record.Arn) is { } before)
            _cache.Manifest.Remove(record.Arn, before);
        var current = record.Holder(Stage.Current)?.Id;
        var former = _cache.ByArn(record.Arn)?.Holder(Stage.Current)?.Id;
        if (current != former)
            record = Succeed(record, former, current);
        var plain = JsonSerializer.SerializeToUtf8Bytes(record, RecordJson.Default.SecretRecord);
        var after = Envelope.Seal(_ring, RecordCache.Belonging(record.Arn, record.Name), plain);
        _file.Execute(
            "INSERT INTO secret VALUES($arn, $name, $sealed) "
            + "ON CONFLICT(arn) DO UPDATE SET sealed = excluded.sealed",
            ("$arn", record.Arn), ("$name", record.Name), ("$sealed", after));
        _cache.Manifest.Add(record.Arn, after);
        _cache.Put(record);
        _hasChanges = true;
    }

    private static SecretRecord Succeed(SecretRecord record, string? former, string? current)
    {
        var now = DateTimeOffset.UtcNow;
        record = record with { CurrentSince = current is null ? null : now };
        if (former is not null && record.Find(former) is { } before)
            record = record.With(before with { CurrentUntil = now });
        return current is not null && record.Find(current) is { CurrentUntil: not null } again
            ? record.With(again with { CurrentUntil = null })
            : record;
    }

    /// <summary>
    /// A version's value is set once: another one under the same id would be a lie to a client.
    /// </summary>
    public void PutValue(string arn, string versionId, SecretValue value)
    {
        Invariant.Holds(value.Bytes.Length <= SecretValue.BytesMax);
        var plain = new byte[value.Bytes.Length + 1];
        plain[0] = value.IsText ? (byte)'S' : (byte)'B';
        value.Bytes.Span.CopyTo(plain.AsSpan(1));
        var envelope = Envelope.Seal(_ring, SecretVault.ValueBelonging(arn, versionId), plain);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(plain);
        _file.Execute(
            "INSERT INTO version VALUES($arn, $id, $sealed)",
            ("$arn", arn), ("$id", versionId), ("$sealed", envelope));
    }

    public void RemoveValue(string arn, string versionId) => _file.Execute(
        "DELETE FROM version WHERE arn = $arn AND id = $id", ("$arn", arn), ("$id", versionId));

    /// <summary>The secret with all its values, for good.</summary>
    public void Remove(SecretRecord record)
    {
        if (ReadSealed(record.Arn) is { } before)
            _cache.Manifest.Remove(record.Arn, before);
        _file.Execute("DELETE FROM version WHERE arn = $arn", ("$arn", record.Arn));
        _file.Execute("DELETE FROM secret WHERE arn = $arn", ("$arn", record.Arn));
        _cache.Remove(record);
        _hasChanges = true;
    }

    /// <summary>Something else that is kept sealed in the same file, such as who may do what.</summary>
    public void PutDocument(string name, ReadOnlySpan<byte> plain)
    {
        if (ReadDocument(name) is { } before)
            _cache.Manifest.Remove(SecretVault.DocumentBelonging(name), before);
        var envelope = PutSealed(name, plain);
        _cache.Manifest.Add(SecretVault.DocumentBelonging(name), envelope);
        _hasChanges = true;
    }

    private byte[] PutSealed(string name, ReadOnlySpan<byte> plain)
    {
        var envelope = Envelope.Seal(_ring, SecretVault.DocumentBelonging(name), plain);
        _file.Execute(
            "INSERT INTO document VALUES($name, $sealed) "
            + "ON CONFLICT(name) DO UPDATE SET sealed = excluded.sealed",
            ("$name", name), ("$sealed", envelope));
        return envelope;
    }

    /// <summary>
    /// Puts up to <paramref name="rowsMax"/> data keys under the current key of the ring.
    /// </summary>
    /// <returns>How many were; 0: all are.</returns>
    internal int Rewrap(int rowsMax)
    {
        var count = 0;
        foreach (var row in _file.Rows("SELECT arn, name, sealed FROM secret").ToList())
        {
            var (arn, name, envelope) = ((string)row[0], (string)row[1], (byte[])row[2]);
            if (count >= rowsMax || Envelope.Rewrap(_ring, RecordCache.Belonging(arn, name), envelope) is
                not { } next)
                continue;
            _file.Execute(
                "UPDATE secret SET sealed = $sealed WHERE arn = $arn", ("$arn", arn), ("$sealed", next));
            _cache.Manifest.Remove(arn, envelope);
            _cache.Manifest.Add(arn, next);
            _hasChanges = true;
            count++;
        }
        return count + RewrapValues(rowsMax - count) + RewrapDocuments();
    }

    internal void Finish()
    {
        if (_hasChanges)
            PutSealed(SecretVault.ManifestName, _cache.Manifest.ToBytes());
    }

    private int RewrapValues(int rowsMax)
    {
        var count = 0;
        var current = System.Text.Encoding.ASCII.GetBytes(_ring.CurrentId);
        var rows = _file.Rows(
            "SELECT arn, id, sealed FROM version WHERE substr(sealed, 3, $length) <> $id LIMIT $max",
            ("$length", current.Length), ("$id", current), ("$max", Math.Max(0, rowsMax)));
        foreach (var row in rows.ToList())
        {
            var (arn, id, envelope) = ((string)row[0], (string)row[1], (byte[])row[2]);
            if (Envelope.Rewrap(_ring, SecretVault.ValueBelonging(arn, id), envelope) is not { } next)
                continue;
            _file.Execute(
                "UPDATE version SET sealed = $sealed WHERE arn = $arn AND id = $id",
                ("$arn", arn), ("$id", id), ("$sealed", next));
            count++;
        }
        return count;
    }

    private int RewrapDocuments()
    {
        var count = 0;
        // The manifest changes with the first of the others, and is sealed anew then.
        var rows = _file.Rows(
            "SELECT name, sealed FROM document WHERE name <> $manifest",
            ("$manifest", SecretVault.ManifestName));
        foreach (var row in rows.ToList())
        {
            var (name, envelope) = ((string)row[0], (byte[])row[1]);
            if (Envelope.Rewrap(_ring, SecretVault.DocumentBelonging(name), envelope) is not { } next)
                continue;
            _file.Execute(
                "UPDATE document SET sealed = $sealed WHERE name = $name",
                ("$name", name), ("$sealed", next));
            _cache.Manifest.Remove(SecretVault.DocumentBelonging(name), envelope);
            _cache.Manifest.Add(SecretVault.DocumentBelonging(name), next);
            _hasChanges = true;
            count++;
        }
        return count;
    }

    private byte[]? ReadDocument(string name) =>
        (byte[]?)_file.Scalar("SELECT sealed FROM document WHERE name = $name", ("$name", name));

    private byte[]? ReadSealed(string arn) =>
        (byte[]?)_file.Scalar("SELECT sealed FROM secret WHERE arn = $arn", ("$arn", arn));
}
