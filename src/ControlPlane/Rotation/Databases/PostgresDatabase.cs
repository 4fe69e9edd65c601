using Npgsql;
using Sento.Base;
using Sento.ControlPlane.Secrets;

namespace Sento.ControlPlane.Rotation.Databases;

/// <summary>
/// PostgreSQL, by Npgsql. The server is given SCRAM verifiers: the password itself stays out of it.
/// </summary>
internal sealed class PostgresDatabase : IDatabase
{
    private const int SecondsMax = 15;
    private const string MembershipSql = """
        SELECT pg_catalog.pg_has_role($1, $2, 'MEMBER') OR pg_catalog.pg_has_role($2, $1, 'MEMBER')
        """;

    public int UserNameCharactersMax => 63;

    public int UsualPort => 5432;

    public async Task<bool> CanSignInAsync(DatabaseSecret login, CancellationToken cancellation)
    {
        try
        {
            await using var connection = await OpenAsync(login, cancellation);
            await RunAsync(connection, "SELECT 1", cancellation);
            return true;
        }
        catch (PostgresException error) when (error.SqlState is "28P01" or "28000")
        {
            return false;
        }
        catch (NpgsqlException error)
        {
            throw Fault(login, error);
        }
    }

    public async Task ChangeOwnPasswordAsync(
        DatabaseSecret login, SecretBytes password, CancellationToken cancellation)
    {
        try
        {
            await using var connection = await OpenAsync(login, cancellation);
            await RunAsync(
                connection,
                    $"ALTER ROLE {Quote(login.UserName)} PASSWORD '{PostgresVerifier.Make(password)}'",
                cancellation);
        }
        catch (NpgsqlException error)
        {
            throw Fault(login, error);
        }
    }

    public async Task PutUserAsync(
        DatabaseSecret master, string likeUser, string user, SecretBytes password,
        CancellationToken cancellation)
    {
        try
        {
            await using var connection = await OpenAsync(master, cancellation);
            var verb = await ExistsAsync(connection, user, cancellation) ? "ALTER" : "CREATE";
            await RunAsync(
                connection,
                $"{verb} ROLE {Quote(user)} LOGIN PASSWORD '{PostgresVerifier.Make(password)}'",
                    cancellation);
            // On the way back it is the other who is a member: a grant in a circle is refused.
            if (!await IsMemberAsync(connection, user, likeUser, cancellation))
                await RunAsync(connection, $"GRANT {Quote(likeUser)} TO {Quote(user)}", cancellation);
        }
        catch (NpgsqlException error)
        {
            throw Fault(master, error);
        }
    }

    private static async Task<NpgsqlConnection> OpenAsync(DatabaseSecret login,
        CancellationToken cancellation)
    {
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = login.Host ?? throw new RotationFault("The secret names no host."),
            Port = login.Port ?? 5432,
            Database = login.Database ?? "postgres",
            Username = login.UserName,
            Password = System.Text.Encoding.UTF8.GetString(login.Password.Span),
            SslMode = login.IsTls switch { true => SslMode.Require, false => SslMode.Disable,
                _ => SslMode.Prefer },
            Pooling = false,
            Timeout = SecondsMax,
            CommandTimeout = SecondsMax,
            IncludeErrorDetail = false,
            ApplicationName = "sento rotation",
        };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellation);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static async Task RunAsync(
        NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static async Task<bool> ExistsAsync(
        NpgsqlConnection connection, string user, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            "SELECT 1 FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) $1", connection);
        command.Parameters.AddWithValue(user);
        return await command.ExecuteScalarAsync(cancellation) is not null;
    }

    private static async Task<bool> IsMemberAsync(
        NpgsqlConnection connection, string user, string likeUser, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(MembershipSql, connection);
        command.Parameters.AddWithValue(user);
        command.Parameters.AddWithValue(likeUser);
        return await command.ExecuteScalarAsync(cancellation) is true;
    }

    private static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static RotationFault Fault(DatabaseSecret login, NpgsqlException error) => new(
        $"PostgreSQL at {login.Host}:{login.Port ?? 5432}, user {login.UserName}: "
        + (error is PostgresException server ? server.MessageText : error.Message));
}
