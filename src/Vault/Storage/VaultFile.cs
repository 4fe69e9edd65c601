using Microsoft.Data.Sqlite;

namespace Sento.Vault.Storage;

/// <summary>
/// The SQLite file: rows of sealed bytes under plain names. Knows no keys. Not for two threads at once.
/// </summary>
/// <remarks>
/// Write-ahead log, and a commit returns when it is on the disk: what was acknowledged survives a crash of
/// the
/// process and of the machine. Other processes may have the same file open.
/// </remarks>
internal sealed class VaultFile : IDisposable
{
    private const int ApplicationId = 0x53454e54;
    private const int SchemaVersion = 1;

    private const string Schema = """
        CREATE TABLE secret(
            arn TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL UNIQUE, sealed BLOB NOT NULL) STRICT;
        CREATE TABLE version(
            arn TEXT NOT NULL, id TEXT NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY(arn, id)) STRICT;
        CREATE TABLE document(name TEXT PRIMARY KEY NOT NULL, sealed BLOB NOT NULL) STRICT;
        PRAGMA application_id = 0x53454e54;
        PRAGMA user_version = 1;
        """;

    private readonly SqliteConnection _connection;
    private SqliteTransaction? _transaction;

    private VaultFile(SqliteConnection connection, string path) => (_connection, Path) = (connection, path);

    public string Path { get; }

    /// <summary>Changes whenever another connection has committed.</summary>
    public long DataVersion => (long)Scalar("PRAGMA data_version")!;

    public static VaultFile Create(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            // Made by us and empty, so that it is never readable by others, not for a moment.
            using var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        }
        var made = Connect(path, SqliteOpenMode.ReadWrite);
        made.Begin();
        made.Execute(Schema);
        made.Commit();
        return made;
    }

    /// <exception cref="VaultFault">No vault, or a damaged one.</exception>
    public static VaultFile Open(string path)
    {
        if (!File.Exists(path))
            throw new VaultFault($"there is no vault at {path}: make one with sento setup");
        try
        {
            var file = Connect(path, SqliteOpenMode.ReadWrite);
            file.Check();
            return file;
        }
        catch (SqliteException error)
        {
            throw Damaged(path, error);
        }
    }

    public static VaultFault Damaged(string path, SqliteException error) =>
        new($"{path}: {error.Message} Restore the vault from a backup.");

    public void Begin() => _transaction = _connection.BeginTransaction(deferred: false);

    /// <summary>What is read sees the file as of one moment: of the transaction, if there is one.</summary>
    public void InSnapshot(Action read)
    {
        if (_transaction is not null)
        {
            read();
            return;
        }
        _transaction = _connection.BeginTransaction(deferred: true);
        try
        {
            read();
        }
        finally
        {
            Rollback();
        }
    }

    public void Commit()
    {
        _transaction!.Commit();
        _transaction.Dispose();
        _transaction = null;
    }

    public void Rollback()
    {
        _transaction?.Dispose();
        _transaction = null;
    }

    public int Execute(string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using var command = Command(sql, parameters);
        return command.ExecuteNonQuery();
    }

    public object? Scalar(string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using var command = Command(sql, parameters);
        return command.ExecuteScalar();
    }

    public IEnumerable<object[]> Rows(string sql, params (string Name, object Value)[] parameters)
    {
        using var command = Command(sql, parameters);
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var row = new object[reader.FieldCount];
            reader.GetValues(row);
            yield return row;
        }
    }

    /// <summary>A copy as of now, while others go on writing.</summary>
    public void CopyTo(VaultFile other) => _connection.BackupDatabase(other._connection);

    public static VaultFile OpenCopy(string path) => Connect(path, SqliteOpenMode.ReadWriteCreate);

    public void Dispose()
    {
        Rollback();
        _connection.Dispose();
    }

    private static VaultFile Connect(string path, SqliteOpenMode mode)
    {
        var settings = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = mode,
            Pooling = false,
            // How long to wait for another process that writes.
            DefaultTimeout = 30,
        };
        var connection = new SqliteConnection(settings.ConnectionString);
        var file = new VaultFile(connection, path);
        try
        {
            connection.Open();
            file.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;"
                + "PRAGMA secure_delete = ON; PRAGMA cell_size_check = ON;");
            return file;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private void Check()
    {
        if (Scalar("PRAGMA application_id") is not (long)ApplicationId)
            throw new VaultFault($"{Path} is no vault of Sento's");
        if (Scalar("PRAGMA user_version") is not long version || version != SchemaVersion)
            throw new VaultFault($"{Path} was written by another version of Sento; this one reads "
                + $"{SchemaVersion}");
        if (Scalar("PRAGMA quick_check(1)") is not "ok")
            throw new VaultFault($"{Path} is damaged: restore the vault from a backup");
    }

    private SqliteCommand Command(string sql, ReadOnlySpan<(string Name, object Value)> parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = _transaction;
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value);
        return command;
    }
}
