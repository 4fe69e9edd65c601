using System.Globalization;
using MySqlConnector;
using Sento.Tests.Support.Processes;
using Sento.Tests.Support.Scripted;
using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.Support.Databases;

/// <summary>
/// A real MariaDB or MySQL server in a folder of its own, gone with the test run however that ends.
/// </summary>
/// <remarks>
/// Listens on 127.0.0.1 and on <see cref="Socket"/>. Has the database <c>app</c> with the ordinary user
/// <c>app</c>, who may do all in it, and the user <c>super</c>, who may do all; both have the password
/// <c>secret</c>, kept as the server does by default. Nothing is flushed to the disk.
/// </remarks>
public sealed class MySqlServer : ThrowawayServer
{
    public const string Superuser = "super";

    private readonly MySqlOptions _options;

    private MySqlServer(MySqlOptions options)
        : base(options.Kind == MySqlKind.MariaDb ? "mariadb" : "mysql") => _options = options;

    public MySqlKind Kind => _options.Kind;

    public string Socket => Path.Combine(Folder, "s.sock");

    public string Url => $"mysql://{User}:{Password}@{Host}:{Port}/{Database}";

    private string Data => Path.Combine(Folder, "data");

    // Nobody wants the data: an orderly shutdown would take seconds.
    protected override int? DisposeSignal => Signals.Kill;

    /// <summary>The command-line client of a kind.</summary>
    public static string ClientOf(MySqlKind kind) => MySqlPrograms.Client(kind);

    public static Task<MySqlServer> Start(MySqlOptions? options = null) =>
        Begin(new MySqlServer(options ?? new MySqlOptions()), async server =>
        {
            await server.Initialise();
            await server.Start();
        });

    /// <summary>
    /// For MySqlConnector. Without its pool, so that a test's own connection is gone once it is closed.
    /// </summary>
    public string ConnectionString(string user = User, string database = Database) =>
        $"Server={Host};Port={Port};User ID={user};Password={Password};Database={database};"
        + "Pooling=false;ConnectionTimeout=30;AllowPublicKeyRetrieval=true;SslMode=Preferred";

    public MySqlDoor Door(string user = User, string password = Password, string database = Database) =>
        new(new ServerDoor(Host, Port, user, password, database));

    /// <summary>
    /// Runs statements with all rights, past whatever is under test. The first value, if any.
    /// </summary>
    public async Task<object?> Execute(string sql, string database = Database)
    {
        await using var connection = new MySqlConnection(
            ConnectionString(Superuser, database) + ";AllowUserVariables=true");
        await connection.OpenAsync();
        await using var command = new MySqlCommand(sql, connection) { CommandTimeout = 60 };
        return await command.ExecuteScalarAsync() is { } value and not DBNull ? value : null;
    }

    /// <summary>Connections of a user now, seen by the server itself.</summary>
    public async Task<long> CountConnections(string user = User) => Convert.ToInt64(
        await Execute($"select count(*) from information_schema.processlist where user = '{user}'"),
        CultureInfo.InvariantCulture);

    /// <summary>Open transactions are rolled back, clients are told.</summary>
    public Task Stop() => End(Signals.Terminate);

    public async Task Start()
    {
        await Launch(ServerRecipe());
        await Eventually.Holds(async () =>
        {
            if (Process.HasEnded)
                throw new InvalidOperationException($"{Kind} did not start:\n{Log.Text}");
            try
            {
                await Execute("select 1");
                return true;
            }
            catch (MySqlException)
            {
                return false;
            }
        });
    }

    private async Task Initialise()
    {
        await ServerUser.HandOver(Folder);
        await DataTemplate.CopyTo(Data, folder => MySqlPrograms.Initialise(Kind, folder));
        await File.WriteAllTextAsync(Path.Combine(Folder, "setup.sql"), string.Join('\n',
            $"create database if not exists {Database};",
            $"create user if not exists '{User}'@'%' identified by '{Password}';",
            $"grant all on {Database}.* to '{User}'@'%';",
            $"create user if not exists '{Superuser}'@'%' identified by '{Password}';",
            $"grant all on *.* to '{Superuser}'@'%' with grant option;",
            "drop user if exists ''@'localhost';",
            _options.SetupSql, ""));
        if (_options.Certificate is { } certificate)
        {
            var (certificateFile, keyFile) = certificate.WriteTo(Folder, "server");
            await ServerUser.HandOver(certificateFile, keyFile);
        }
    }

    private Recipe ServerRecipe()
    {
        var settings = new Dictionary<string, string>
        {
            ["socket"] = Socket,
            // RunFolder ends the server of a crashed test run by the file of this name.
            ["pid-file"] = Path.Combine(Data, "postmaster.pid"),
            ["port"] = Port.ToString(CultureInfo.InvariantCulture),
            ["bind-address"] = Host,
            ["init-file"] = Path.Combine(Folder, "setup.sql"),
            ["max-connections"] = _options.ConnectionsMax.ToString(CultureInfo.InvariantCulture),
            ["innodb-buffer-pool-size"] = "32M",
            ["innodb-flush-method"] = "nosync",
            ["innodb-flush-log-at-trx-commit"] = "0",
            ["performance-schema"] = "OFF",
            ["skip-name-resolve"] = "",
            ["secure-file-priv"] = "=",
            ["local-infile"] = "1",
            ["max-allowed-packet"] = "128M",
        };
        if (!_options.Settings.ContainsKey("log-bin"))
            settings["skip-log-bin"] = "";
        if (_options.Certificate is not null)
        {
            settings["ssl-cert"] = Path.Combine(Folder, "server.crt");
            settings["ssl-key"] = Path.Combine(Folder, "server.key");
        }
        foreach (var (name, value) in _options.Settings)
            settings[name] = value;
        return MySqlPrograms.Server(Kind, Data, settings.Select(s => s.Value switch
        {
            "" => $"--{s.Key}",
            "=" => $"--{s.Key}=",
            var value => $"--{s.Key}={value}",
        }));
    }
}
