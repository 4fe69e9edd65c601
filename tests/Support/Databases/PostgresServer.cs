using System.Globalization;
using Npgsql;
using Sento.Tests.Support.Processes;
using Sento.Tests.Support.Scripted;

namespace Sento.Tests.Support.Databases;

/// <summary>
/// A real PostgreSQL server in a folder of its own, gone with the test run however that ends.
/// </summary>
/// <remarks>
/// Listens on 127.0.0.1 and on a Unix socket in <see cref="Folder"/>. Has the database <c>app</c>, owned by
/// the ordinary role <c>app</c>, and the superuser <c>postgres</c>; both have the password <c>secret</c>.
/// Durability is off: a stop by <see cref="Kill"/> is still recovered from, a crash of the machine is not.
/// </remarks>
public sealed class PostgresServer : ThrowawayServer
{
    public const string Superuser = "postgres";

    private readonly PostgresOptions _options;
    private readonly PostgresPrograms _programs;
    private readonly Dictionary<string, string> _changed = [];

    private PostgresServer(PostgresOptions options)
        : base("postgres")
    {
        _options = options;
        _programs = PostgresPrograms.Find(options.Version);
    }

    /// <summary>As on a command line: <c>postgresql://app:secret@127.0.0.1:PORT/app</c>.</summary>
    public string Url => UrlOf(User);

    private string DataFolder => Path.Combine(Folder, "data");

    public static Task<PostgresServer> Start(PostgresOptions? options = null) =>
        Begin(new PostgresServer(options ?? new PostgresOptions()), async server =>
        {
            await server.Initialise();
            await server.Start();
            await server.CreateDatabase();
        });

    /// <summary>
    /// A streaming replica of this server: a base backup in a folder of its own, in recovery.
    /// </summary>
    public Task<PostgresServer> StartReplica() => Begin(new PostgresServer(_options), async replica =>
    {
        await PostgresPrograms.HandOver(replica.Folder);
        var backup = _programs.Recipe("pg_basebackup", "-D", replica.DataFolder, "-R", "-c", "fast",
            "-X", "stream",
            "-d", $"host={Folder} port={Port} user={Superuser}");
        var done = await GuardedProcess.Run(backup, TimeSpan.FromMinutes(2));
        if (done.ExitCode != 0)
            throw new InvalidOperationException($"pg_basebackup failed:\n{done.Output}\n{done.Errors}");
        await replica.Start();
    });

    /// <summary>A replica becomes a server of its own, which takes writes.</summary>
    public Task Promote() => Execute("select pg_promote()");

    public string UrlOf(string user, string database = Database) =>
        $"postgresql://{user}:{Password}@{Host}:{Port}/{database}";

    /// <summary>
    /// For Npgsql. Without its pool, so that a test's own connection is gone once it is closed.
    /// </summary>
    public string ConnectionString(string user = User, string database = Database) =>
        $"Host={Host};Port={Port};Username={user};Password={Password};Database={database};"
        + "Pooling=false;Timeout=30";

    public ServerDoor Door(string user = User, string database = Database) =>
        new(Host, Port, user, Password, database);

    /// <summary>
    /// Runs statements as the superuser, past whatever is under test. The first value, if any.
    /// </summary>
    public async Task<object?> Execute(string sql, string database = Database)
    {
        await using var connection = new NpgsqlConnection(ConnectionString(Superuser, database));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync() is { } value and not DBNull ? value : null;
    }

    /// <summary>Server connections of ordinary users now, seen by the server itself.</summary>
    public async Task<long> CountConnections(string user = User) =>
        (long)(await Execute(
            "select count(*) from pg_stat_activity"
            + $" where usename = '{user}' and backend_type = 'client backend'"))!;

    /// <summary>As pg_ctl -m fast: open transactions are rolled back, clients are told.</summary>
    public Task Stop() => End(Signals.Interrupt);

    public async Task Start()
    {
        await Eventually.Holds(async () =>
        {
            await Launch(ServerRecipe());
            if (await AcceptsConnections())
                return true;
            // After a kill, processes of the old server may hold its memory for a moment: then try again.
            if (!Log.Text.Contains("pre-existing shared memory", StringComparison.Ordinal)
                && !Log.Text.Contains("lock file", StringComparison.Ordinal))
                throw new InvalidOperationException($"PostgreSQL did not start:\n{Log.Text}");
            return false;
        });
    }

    /// <param name="settings">Other settings from now on.</param>
    public async Task Restart(params (string Name, string Value)[] settings)
    {
        await Stop();
        foreach (var (name, value) in settings)
            _changed[name] = value;
        await Start();
    }

    /// <summary>Reads its configuration files again.</summary>
    public void Reload() => Process.Signal(Signals.HangUp);

    private async Task Initialise()
    {
        await PostgresPrograms.HandOver(Folder);
        await DataTemplate.CopyTo(DataFolder, InitdbRecipe);
        await WriteAccessRules();
        await WriteCertificates();
    }

    private Recipe InitdbRecipe(string folder)
    {
        var passwordFile = folder + ".password";
        if (folder.Length > 0)
            File.WriteAllText(passwordFile, Password + "\n");
        return _programs.Recipe("initdb", "-D", folder, "-U", Superuser, $"--pwfile={passwordFile}",
            "--encoding=UTF8", "--locale=C.UTF-8", "--auth-local=trust",
            $"--auth-host={_options.PasswordMethod}", "--no-sync", "--no-instructions");
    }

    private async Task WriteAccessRules()
    {
        var file = Path.Combine(DataFolder, "pg_hba.conf");
        var usual = await File.ReadAllTextAsync(file);
        await File.WriteAllTextAsync(file, string.Join('\n', [.. _options.AccessRules, usual]));
    }

    private async Task WriteCertificates()
    {
        if (_options.Certificate is { } certificate)
        {
            var (certificateFile, keyFile) = certificate.WriteTo(Folder, "server");
            await PostgresPrograms.HandOver(certificateFile, keyFile);
        }
        if (_options.ClientAuthority is { } authority)
            await PostgresPrograms.HandOver(authority.WriteTo(Folder, "authority").CertificateFile);
    }

    private async Task CreateDatabase()
    {
        // Create database may not stand in one statement string with others.
        await Execute($"create role {User} login password '{Password}'", "postgres");
        await Execute($"create database {Database} owner {User}", "postgres");
        if (_options.SetupSql.Length > 0)
            await Execute(_options.SetupSql);
    }

    private Recipe ServerRecipe()
    {
        var settings = new Dictionary<string, string>
        {
            ["port"] = Port.ToString(CultureInfo.InvariantCulture),
            ["listen_addresses"] = Host,
            ["unix_socket_directories"] = Folder,
            ["max_connections"] = _options.ConnectionsMax.ToString(CultureInfo.InvariantCulture),
            ["password_encryption"] = _options.PasswordMethod == "md5" ? "md5" : "scram-sha-256",
            ["fsync"] = "off",
            ["full_page_writes"] = "off",
            ["shared_buffers"] = "32MB",
            ["max_wal_senders"] = "4",
            ["jit"] = "off",
        };
        if (_options.Certificate is not null)
        {
            settings["ssl"] = "on";
            settings["ssl_cert_file"] = Path.Combine(Folder, "server.crt");
            settings["ssl_key_file"] = Path.Combine(Folder, "server.key");
        }
        if (_options.ClientAuthority is not null)
            settings["ssl_ca_file"] = Path.Combine(Folder, "authority.crt");
        foreach (var (name, value) in _options.Settings.Concat(_changed))
            settings[name] = value;

        var switches = settings.SelectMany(s => (string[])["-c", $"{s.Key}={s.Value}"]);
        // An immediate shutdown, since nobody wants the data; the folder goes when nothing runs in it.
        var recipe = _programs.Recipe("postgres", ["-D", DataFolder, .. switches]);
        return recipe with { StopSignal = Signals.Quit };
    }

    private async Task<bool> AcceptsConnections()
    {
        var accepts = false;
        await Eventually.Holds(async () =>
        {
            if (Process.HasEnded)
                return true;
            try
            {
                await Execute("select 1", "postgres");
                accepts = true;
            }
            catch (NpgsqlException)
            {
                accepts = false;
            }
            return accepts;
        });
        return accepts;
    }
}
