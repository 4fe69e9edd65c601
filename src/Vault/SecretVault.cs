using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Sento.Base;
using Sento.Vault.Auditing;
using Sento.Vault.Keys;
using Sento.Vault.Storage;

namespace Sento.Vault;

/// <summary>
/// Secrets in a folder: a SQLite file of sealed rows, a key ring elsewhere or beside it, and an audit log.
/// Any
/// thread; several processes may have the same folder open.
/// </summary>
/// <remarks>Every method may throw <see cref="VaultFault"/>: then nothing was changed.</remarks>
public sealed class SecretVault : IDisposable
{
    public const string FileName = "vault.db";
    internal const string ManifestName = "manifest";
    private const string IdentityName = "identity";
    private const string AuditKeyName = "audit-key";
    private const int RewrapRowsMax = 200;

    private readonly Lock _lock = new();
    private readonly VaultFile _file;
    private readonly KeyRingSource _ringSource;
    private readonly RecordCache _cache;
    private readonly VaultIdentity _identity;
    private KeyRing _ring;

    private SecretVault(VaultFile file, KeyRingSource ringSource, string folder)
    {
        _file = file;
        _ringSource = ringSource;
        _ring = ringSource.Load();
        _cache = new RecordCache(file, ManifestName);
        Folder = folder;
        using var identity = Needed(IdentityName);
        _identity = JsonSerializer.Deserialize(identity.Span, RecordJson.Default.VaultIdentity)!;
        _cache.Refresh(_ring);
        Audit = new AuditLog(Path.Combine(folder, AuditLog.FileName), Needed(AuditKeyName));
    }

    public string Folder { get; }

    public string AccountId => _identity.AccountId;

    public string Region => _identity.Region;

    public AuditLog Audit { get; }

    public static bool Exists(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <summary>
    /// Makes a new, empty vault; and the key ring, if that is a file that is not there yet.
    /// </summary>
    public static SecretVault Create(string folder, KeyRingSource ring, string accountId, string region)
    {
        if (Exists(folder))
            throw new VaultFault($"there is a vault in {folder} already");
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(
                folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (!ring.Exists)
            ring.AddKey(DateTimeOffset.UtcNow);
        // Loaded first: a vault without its keys must not come to be.
        using var keys = ring.Load();
        using (var file = VaultFile.Create(Path.Combine(folder, FileName)))
        {
            file.Begin();
            var writer = new VaultWriter(file, new RecordCache(file, ManifestName), keys);
            writer.PutDocument(IdentityName, JsonSerializer.SerializeToUtf8Bytes(
                new VaultIdentity(accountId, region), RecordJson.Default.VaultIdentity));
            writer.PutDocument(AuditKeyName, System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));
            writer.Finish();
            file.Commit();
        }
        return Open(folder, ring);
    }

    /// <exception cref="VaultFault">No vault there, a damaged one, or not its keys.</exception>
    public static SecretVault Open(string folder, KeyRingSource ring)
    {
        var file = VaultFile.Open(Path.Combine(folder, FileName));
        try
        {
            return new SecretVault(file, ring, folder);
        }
        catch (SqliteException error)
        {
            file.Dispose();
            throw VaultFile.Damaged(file.Path, error);
        }
        catch (Exception error) when (error is InvalidCastException or JsonException)
        {
            file.Dispose();
            throw new VaultFault($"{file.Path} is damaged: restore the vault from a backup");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Counts up with every change, by whatever process: to look again only when that helps.
    /// </summary>
    public long Revision => Read(_ => _file.DataVersion + _ownChanges);

    private long _ownChanges;

    public ImmutableArray<SecretRecord> All => Read(cache => cache.All.ToImmutableArray());

    /// <summary>By ARN, by name, or by an ARN without its random end; null: there is none.</summary>
    public SecretRecord? Find(string secretId) => Read(cache => SecretId.Resolve(cache, secretId));

    /// <summary>The value of a version; null: it has none yet. The caller wipes it.</summary>
    public SecretValue? ReadValue(SecretRecord record, SecretVersion version)
    {
        if (!version.HasValue)
            return null;
        return Read(_ =>
        {
            var envelope = (byte[]?)_file.Scalar(
                "SELECT sealed FROM version WHERE arn = $arn AND id = $id",
                ("$arn", record.Arn), ("$id", version.Id))
                ?? throw new VaultFault(
                    $"version {version.Id} of {record.Arn} is missing: restore the vault from a backup");
            using var plain = Envelope.Open(_ring, ValueBelonging(record.Arn, version.Id), envelope);
            return new SecretValue(plain.Span[0] == (byte)'S', new SecretBytes(plain.Span[1..]));
        });
    }

    /// <summary>Something else that is kept sealed in the file; null: there is none.</summary>
    public SecretBytes? ReadDocument(string name) => Read(_ => OpenDocument(name));

    /// <summary>
    /// Told after each write of this process, before that write returns: what hangs on it is up to date then.
    /// </summary>
    public event Action? Changed;

    /// <summary>All that the work does, or, when it throws, nothing; on the disk when this returns.</summary>
    public T Write<T>(Func<VaultWriter, T> work)
    {
        var result = WriteLocked(work);
        Changed?.Invoke();
        return result;
    }

    private T WriteLocked<T>(Func<VaultWriter, T> work)
    {
        lock (_lock)
        {
            try
            {
                _file.Begin();
                Refresh();
                var writer = new VaultWriter(_file, _cache, _ring);
                var result = work(writer);
                writer.Finish();
                _file.Commit();
                _ownChanges++;
                return result;
            }
            catch (Exception error)
            {
                _file.Rollback();
                // What the work has put there is not in the file.
                _cache.Forget();
                if (error is SqliteException fault)
                    throw VaultFile.Damaged(_file.Path, fault);
                throw;
            }
        }
    }

    /// <summary>
    /// Adds a key to the ring and puts every data key under it, a few rows at a time, while others read and
    /// write; then takes the old keys out of the ring.
    /// </summary>
    /// <returns>Rows put under the new key.</returns>
    public int RotateKey(DateTimeOffset now)
    {
        if (_ringSource.FilePath is not null)
            _ringSource.AddKey(now);
        ReloadKeys();
        var count = 0;
        for (var more = 1; more > 0; count += more)
            more = Write(writer => writer.Rewrap(RewrapRowsMax));
        if (_ringSource.FilePath is not null)
            _ringSource.KeepOnly(_ring.CurrentId);
        return count;
    }

    /// <summary>Reads the ring again: a key was added to it by somebody else.</summary>
    public void ReloadKeys()
    {
        lock (_lock)
        {
            var before = _ring;
            _ring = _ringSource.Load();
            before.Dispose();
        }
    }

    /// <summary>A copy of the file as of now, sealed as it is: useless without the key ring.</summary>
    public void BackUp(string path)
    {
        if (File.Exists(path))
            throw new VaultFault($"{path} exists already");
        lock (_lock)
        {
            using (var copy = VaultFile.Create(path))
                _file.CopyTo(copy);
        }
        // Opened once as a vault: a backup that can't be read is found out today, not on the day it is
        // needed.
        using var check = VaultFile.Open(path);
    }

    /// <summary>Makes the vault what a backup holds, also while other processes use it.</summary>
    public static void Restore(string backup, string folder, KeyRingSource ring)
    {
        using (var from = VaultFile.Open(backup))
        {
            using var keys = ring.Load();
            new RecordCache(from, ManifestName).Refresh(keys);
            var path = Path.Combine(folder, FileName);
            using var to = File.Exists(path) ? VaultFile.OpenCopy(path) : VaultFile.Create(path);
            from.CopyTo(to);
        }
        Open(folder, ring).Dispose();
    }

    public void Dispose()
    {
        lock (_lock)
        {
            Audit.Dispose();
            _file.Dispose();
            _ring.Dispose();
        }
    }

    internal static string ValueBelonging(string arn, string versionId) => $"value\0{arn}\0{versionId}";

    internal static string DocumentBelonging(string name) => $"document\0{name}";

    private T Read<T>(Func<RecordCache, T> work)
    {
        lock (_lock)
        {
            try
            {
                Refresh();
                return work(_cache);
            }
            catch (SqliteException error)
            {
                throw VaultFile.Damaged(_file.Path, error);
            }
            catch (Exception error) when (error is InvalidCastException or JsonException)
            {
                throw new VaultFault($"{_file.Path} is damaged: restore the vault from a backup");
            }
        }
    }

    private void Refresh()
    {
        // Another process may have put everything under a key that the ring did not have.
        if (_cache.IsStale && _ringSource.FilePath is not null)
            ReloadKeys();
        _cache.Refresh(_ring);
    }

    private SecretBytes Needed(string name) => OpenDocument(name) ?? throw new VaultFault(
        $"{_file.Path} is damaged, its {name} is missing: restore the vault from a backup");

    private SecretBytes? OpenDocument(string name)
    {
        var envelope =
            (byte[]?)_file.Scalar("SELECT sealed FROM document WHERE name = $name", ("$name", name));
        return envelope is null ? null : Envelope.Open(_ring, DocumentBelonging(name), envelope);
    }
}
