using System.Text;
using MySqlConnector;
using Sento.Base;
using Sento.ControlPlane.Secrets;

namespace Sento.ControlPlane.Rotation.Databases;

/// <summary>MySQL and MariaDB, by MySqlConnector.</summary>
internal sealed class MySqlDatabase : IDatabase
{
    private const uint SecondsMax = 15;

    public int UserNameCharactersMax => 32;

    public int UsualPort => 3306;

    public async Task<bool> CanSignInAsync(DatabaseSecret login, CancellationToken cancellation)
    {
        try
        {
            await using var connection = await OpenAsync(login, cancellation);
            await RunAsync(connection, "SELECT 1", cancellation);
            return true;
        }
        catch (MySqlException error) when (error.ErrorCode == MySqlErrorCode.AccessDenied)
        {
            return false;
        }
        catch (MySqlException error)
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
            // MariaDB lets nobody alter himself who may not alter others; each may set his own password.
            var sql = IsMariaDb(connection)
                ? $"SET PASSWORD = PASSWORD({Literal(password)})"
                : $"ALTER USER CURRENT_USER() IDENTIFIED BY {Literal(password)}";
            await RunAsync(connection, sql, cancellation);
        }
        catch (MySqlException error)
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
            foreach (var (host, tls) in await HostsAsync(connection, likeUser, cancellation))
            {
                var account = $"{Literal(user)}@{Literal(host)}";
                await RunAsync(
                    connection, $"CREATE USER IF NOT EXISTS {account} IDENTIFIED BY {Literal(password)}",
                    cancellation);
                await RunAsync(
                    connection,
                    $"ALTER USER {account} IDENTIFIED BY {Literal(password)} REQUIRE {tls}", cancellation);
                await CopyGrantsAsync(connection, $"{Literal(likeUser)}@{Literal(host)}", account,
                    cancellation);
                await CopyDefaultRolesAsync(connection, likeUser, host, account, cancellation);
            }
        }
        catch (MySqlException error)
        {
            throw Fault(master, error);
        }
    }

    private static async Task<MySqlConnection> OpenAsync(DatabaseSecret login, CancellationToken cancellation)
    {
        var settings = new MySqlConnectionStringBuilder
        {
            Server = login.Host ?? throw new RotationFault("The secret names no host."),
            Port = (uint)(login.Port ?? 3306),
            Database = login.Database ?? "",
            UserID = login.UserName,
            Password = Encoding.UTF8.GetString(login.Password.Span),
            SslMode = login.IsTls switch
            {
                true => MySqlSslMode.Required,
                false => MySqlSslMode.Disabled,
                _ => MySqlSslMode.Preferred,
            },
            AllowPublicKeyRetrieval = login.IsTls == false,
            Pooling = false,
            ConnectionTimeout = SecondsMax,
            DefaultCommandTimeout = SecondsMax,
        };
        var connection = new MySqlConnection(settings.ConnectionString);
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

    private static bool IsMariaDb(MySqlConnection connection) =>
        connection.ServerVersion.Contains("MariaDB", StringComparison.OrdinalIgnoreCase);

    private static async Task RunAsync(MySqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new MySqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>A user may exist once for each host that it comes from, and with TLS only.</summary>
    private static async Task<List<(string Host, string Tls)>> HostsAsync(
        MySqlConnection connection, string user, CancellationToken cancellation)
    {
        await using var command = new MySqlCommand(
            "SELECT Host, ssl_type FROM mysql.user WHERE User = @user", connection);
        command.Parameters.AddWithValue("@user", user);
        var hosts = new List<(string, string)>();
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            hosts.Add((reader.GetString(0), reader.GetString(1) switch
            {
                "" => "NONE",
                "ANY" => "SSL",
                // One certificate can't be two users': any that is good will do.
                _ => "X509",
            }));
        return hosts.Count > 0 ? hosts
            : throw new RotationFault($"There is no user {user} whose rights could be copied.");
    }

    private static async Task CopyGrantsAsync(
        MySqlConnection connection, string from, string to, CancellationToken cancellation)
    {
        await using var command = new MySqlCommand($"SHOW GRANTS FOR {from}", connection);
        foreach (var grant in await ReadAsync(command, cancellation))
        {
            // GRANT … TO `user`@`host` [IDENTIFIED BY PASSWORD … | REQUIRE … | WITH GRANT OPTION]
            var at = grant.LastIndexOf(" TO ", StringComparison.Ordinal);
            if (at < 0)
            {
                // MariaDB says here which role it begins with: SET DEFAULT ROLE `role` FOR `user`@`host`
                at = grant.LastIndexOf(" FOR ", StringComparison.Ordinal);
                if (at >= 0 && grant.StartsWith("SET DEFAULT ROLE ", StringComparison.Ordinal))
                    await RunAsync(connection, $"{grant[..at]} FOR {to}", cancellation);
                continue;
            }
            var option = grant[at..].Contains("WITH GRANT OPTION", StringComparison.Ordinal)
                ? " WITH GRANT OPTION"
                : "";
            await RunAsync(connection, $"{grant[..at]} TO {to}{option}", cancellation);
        }
    }

    /// <summary>
    /// MySQL keeps apart which roles somebody has and which he begins with; MariaDB's grants say both.
    /// </summary>
    private static async Task CopyDefaultRolesAsync(
        MySqlConnection connection, string user, string host, string to, CancellationToken cancellation)
    {
        if (IsMariaDb(connection))
            return;
        await using var command = new MySqlCommand(
            "SELECT CONCAT(QUOTE(DEFAULT_ROLE_USER), '@', QUOTE(DEFAULT_ROLE_HOST)) FROM mysql.default_roles "
            + "WHERE USER = @user AND HOST = @host", connection);
        command.Parameters.AddWithValue("@user", user);
        command.Parameters.AddWithValue("@host", host);
        var roles = await ReadAsync(command, cancellation);
        if (roles.Count > 0)
            await RunAsync(
                connection, $"SET DEFAULT ROLE {string.Join(", ", roles)} TO {to}", cancellation);
    }

    private static async Task<List<string>> ReadAsync(MySqlCommand command, CancellationToken cancellation)
    {
        var texts = new List<string>();
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            texts.Add(reader.GetString(0));
        return texts;
    }

    private static string Literal(SecretBytes secret) => Literal(Encoding.UTF8.GetString(secret.Span));

    private static string Literal(string text)
    {
        var escaped = text.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("'", "''", StringComparison.Ordinal);
        return $"'{escaped}'";
    }

    private static RotationFault Fault(DatabaseSecret login, MySqlException error) => new(
        $"MySQL at {login.Host}:{login.Port ?? 3306}, user {login.UserName}: error {(int)error.ErrorCode} "
        + $"({error.ErrorCode})");
}
