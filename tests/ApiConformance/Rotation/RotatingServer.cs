using System.Data.Common;
using System.Text.Json;
using Sento.Tests.Support;

namespace Sento.Tests.ApiConformance.Rotation;

/// <summary>A database whose users' passwords are rotated, as a test needs it, whatever its kind.</summary>
internal abstract class RotatingServer : IAsyncDisposable
{
    /// <summary>postgres, mariadb, mysql: what a secret calls it.</summary>
    public abstract string Engine { get; }

    public abstract int Port { get; }

    public abstract string Superuser { get; }

    /// <summary>Where the superuser works.</summary>
    public abstract string AdministrationDatabase { get; }

    public string EngineFamily => Engine == "postgres" ? "POSTGRESQL" : "MYSQL";

    public static async Task<RotatingServer> Of(string engine) => engine == "postgres"
        ? await RotatingPostgres.Start()
        : await RotatingMySql.Start(engine);

    /// <summary>A transaction on a connection of its own, which leaves a line in the table done.</summary>
    /// <returns>The database's user.</returns>
    public async Task<string> Transaction(SentoProcess proxy, string user, string password)
    {
        await using var client = Client(proxy, user, password);
        await client.OpenAsync();
        await using var transaction = await client.BeginTransactionAsync();
        await using var command = client.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "INSERT INTO done VALUES (1)";
        await command.ExecuteNonQueryAsync();
        command.CommandText = "SELECT current_user";
        var name = (string)(await command.ExecuteScalarAsync())!;
        await transaction.CommitAsync();
        // MySQL's has a host.
        return name.Split('@')[0];
    }

    /// <summary>Past the proxy, with all rights.</summary>
    public abstract Task<object?> Execute(string sql);

    /// <summary>The user app can't sign in any more, whatever its password; or can again.</summary>
    public abstract Task Lock(bool isLocked);

    /// <summary>What a failure to sign in, of a transaction or in between, is thrown as.</summary>
    public abstract bool IsFailure(Exception error);

    public abstract ValueTask DisposeAsync();

    /// <summary>A secret's value.</summary>
    public string Login(string user, string database, string? master, string password = "secret") =>
        JsonSerializer.Serialize(new
        {
            engine = Engine,
            host = "127.0.0.1",
            port = Port,
            username = user,
            password,
            dbname = database,
            masterarn = master,
        });

    protected abstract DbConnection Client(SentoProcess proxy, string user, string password);
}
