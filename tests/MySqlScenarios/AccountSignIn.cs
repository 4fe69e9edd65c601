using System.Security.Cryptography;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Processes;
using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.MySqlScenarios;

/// <summary>
/// AuthQuery: users that no secret names sign in with what the server keeps of their passwords.
/// </summary>
public sealed class AccountSignIn(Grounds grounds, AccountSignIn.Proxies proxies)
    : Play(grounds), IClassFixture<AccountSignIn.Proxies>
{
    [Theory, OnBoth]
    public async Task A_user_made_a_moment_ago_works_and_a_dropped_one_does_not(MySqlKind on)
    {
        var ground = await Ready(on);
        await Make(ground, "young", "of age");
        await using (var client = await ScriptedMySqlClient.Open(Through(on, "young", "of age")))
            Assert.Equal("young@%", (await client.Query("select current_user()")).Scalar);
        await Refused(Through(on, "young", "wrong"));
        await Refused(Through(on, "young", ""));
        await Refused(Through(on, "Young", "of age"));
        await Refused(Through(on, "young ", "of age"));
        await ground.Server.Execute("drop user young@'%'");
        await Refused(Through(on, "young", "of age"));
    }

    [Theory, OnBoth]
    public async Task A_changed_password_counts_from_the_next_sign_in_on(MySqlKind on)
    {
        var ground = await Ready(on);
        await Make(ground, "changing", "one");
        await using var before = await ScriptedMySqlClient.Open(Through(on, "changing", "one"));
        await ground.Server.Execute("alter user changing@'%' identified by 'two'");
        await Refused(Through(on, "changing", "one"));
        await using var after = await ScriptedMySqlClient.Open(Through(on, "changing", "two"));
        foreach (var id in await Connections(ground, "changing"))
            await ground.Server.Execute($"kill {id}");
        // Whoever is in stays in: new server connections are opened with what was proved last.
        await Eventually.Holds(async () => (await before.Query("select 1")).Error is null);
        Assert.Equal("changing@%", (await after.Query("select current_user()")).Scalar);
    }

    [Theory]
    [InlineData(MySqlKind.MariaDb, MySqlProof.Native, "mysql_native_password")]
    [InlineData(MySqlKind.MariaDb, MySqlProof.Sha2, "mysql_native_password")]
    [InlineData(MySqlKind.MySql, MySqlProof.Native, "full by RSA")]
    [InlineData(MySqlKind.MySql, MySqlProof.Sha2, "full by RSA")]
    public async Task A_client_is_asked_for_what_its_account_keeps(
        MySqlKind on, string plugin, string expected)
    {
        var ground = await Ready(on);
        var user = $"asked_{plugin[0]}";
        await Make(ground, user, "secret");
        await Refused(Through(on, user, "wrong") with { Plugin = plugin });
        await using var first = await ScriptedMySqlClient.Open(Through(on, user, "secret") with
        {
            Plugin = plugin,
        });
        Assert.Equal(expected, first.Plugins[^1]);
        Assert.Equal($"{user}@%", (await first.Query("select current_user()")).Scalar);
        await using var second = await ScriptedMySqlClient.Open(Through(on, user, "secret") with
        {
            Plugin = plugin,
        });
        // What was proved once need not be shown again.
        Assert.Equal(on == MySqlKind.MySql ? "fast" : expected, second.Plugins[^1]);
        await Refused(Through(on, user, "wrong") with { Plugin = plugin });
        await ground.Server.Execute($"alter user {user}@'%' identified by 'another'");
        await Refused(Through(on, user, "secret") with { Plugin = plugin });
    }

    [Theory, OnBoth]
    public async Task Over_tls_the_password_is_shown_and_opens_the_servers_connection(MySqlKind on)
    {
        var ground = await Ready(on);
        await Make(ground, "veiled", "secret");
        foreach (var plugin in new[] { MySqlProof.Clear, MySqlProof.Sha2, MySqlProof.Native })
        {
            await using var sento = await StartProxy(ground);
            var door = Ground.DoorTo(sento, "veiled").WithTls() with { Plugin = plugin };
            await Refused(door.As("veiled", "wrong"));
            await using var client = await ScriptedMySqlClient.Open(door);
            Assert.Equal("veiled@%", (await client.Query("select current_user()")).Scalar);
        }
    }

    [Theory, OnBoth]
    public async Task Whoever_may_not_sign_in_is_refused_as_if_unknown(MySqlKind on)
    {
        var ground = await Ready(on);
        await Make(ground, "barred", "x");
        await ground.Server.Execute("alter user barred@'%' account lock");
        await Make(ground, "bare", "");
        await Make(ground, "far", "x", host: "192.0.2.1");
        var unknown = await Steps(on, "nobody_at_all");
        foreach (var user in new[] { "barred", "bare", "far" })
            Assert.Equal(unknown, await Steps(on, user));
        await Make(ground, "known", "pw");
        Assert.Equal(unknown, await Steps(on, "known"));
    }

    [Theory, On(MySqlKind.MariaDb)]
    public async Task A_proof_that_opens_no_server_connection_is_named_in_the_log(MySqlKind on)
    {
        var ground = await Ready(on);
        await ground.Server.Execute(
            "create or replace user bent@'%' identified via ed25519 using password('secret')");
        await Refused(Through(on, "bent", "secret"));
        await Eventually.Holds(() => Task.FromResult(proxies.Of(on).Log.Contains(
            "ed25519, of which no proof opens a server connection", StringComparison.Ordinal)));
    }

    [Theory, OnBoth]
    public async Task Accounts_of_one_name_keep_to_their_hosts(MySqlKind on)
    {
        var ground = await Ready(on);
        await Make(ground, "two", "near", host: "127.0.0.1");
        await Make(ground, "two", "far");
        await Refused(Through(on, "two", "far"));
        await using var client = await ScriptedMySqlClient.Open(Through(on, "two", "near"));
        Assert.Equal("two@127.0.0.1", (await client.Query("select current_user()")).Scalar);
    }

    [Theory, OnBoth]
    public async Task Names_are_text_and_nothing_else_and_no_password_is_in_the_log(MySqlKind on)
    {
        var ground = await Ready(on);
        const string name = "o'hara \\ \"x\" \u00e9";
        await Make(ground, name, "whisper");
        await using (var client = await ScriptedMySqlClient.Open(Through(on, name, "whisper")))
            Assert.Null((await client.Query("select 1")).Error);
        await Refused(Through(on, name, "shouted"));
        await Refused(Through(on, "x' or 'a' = 'a", "whisper"));
        await Refused(Through(on, "app\\", "whisper"));
        var log = proxies.Of(on).Log;
        var kept = Convert.ToHexString(SHA1.HashData(SHA1.HashData("whisper"u8)));
        foreach (var secret in new[] { "whisper", "shouted", "$A$005$", kept })
            Assert.DoesNotContain(secret, log, StringComparison.Ordinal);
    }

    [Theory, OnBoth]
    public async Task Whose_lookup_loses_its_connection_is_refused_at_once(MySqlKind on)
    {
        var ground = await Ready(on);
        await using var sento = await StartProxy(
            ground, "select $1,'mysql_native_password','*','%' from (select sleep(1000)) as waiting");
        await using var client = await ScriptedMySqlClient.Open(Ground.DoorTo(sento));
        foreach (var isChange in new[] { false, true })
        {
            var door = Ground.DoorTo(sento, "awaited", "x", "");
            await using var other = await ScriptedMySqlClient.Connect(door);
            var reply = isChange ? client.ChangeUser(door) : other.SignIn();
            await Eventually.Holds(async () => await ground.Server.Execute(
                "select id from information_schema.processlist where info like '%sleep(1000)%' "
                + "and id <> connection_id()") is { } id
                && await ground.Server.Execute($"kill {id}") is null);
            Assert.Equal(1045, (await reply).Error?.Code);
        }
    }

    [Theory, OnBoth]
    public async Task Whose_client_has_gone_waits_for_no_lookup(MySqlKind on)
    {
        var ground = await Ready(on);
        await using var sento = await StartProxy(
            ground, "select $1,'mysql_native_password','*','%' from (select sleep(2000)) as waiting",
            "MaxConnections: 1, MaxWaitingClients: 1");
        await using var known = await ScriptedMySqlClient.Open(Ground.DoorTo(sento));
        await using var awaited = await ScriptedMySqlClient.Connect(
            Ground.DoorTo(sento, "awaited", "x", ""));
        var refusal = awaited.SignIn();
        await Eventually.Holds(async () => await Asleep() is not null);

        await using var departed = await ScriptedMySqlClient.Connect(
            Ground.DoorTo(sento, "departed", "x", ""));
        _ = departed.SignIn();
        await Eventually.Holds(async () => await Knows("departed"));
        departed.Vanish();
        await Eventually.Holds(async () => !await Knows("departed"));

        // The only place in the queue is this one's.
        await known.SendQuery("select 1");
        await Eventually.Holds(
            async () => (await sento.Metrics()).Sum("sento_clients_waiting") == 1);
        await ground.Server.Execute($"kill {await Asleep()}");
        Assert.Equal(1045, (await refusal).Error?.Code);
        Assert.Equal("1", (await known.Receive()).Scalar);

        async Task<object?> Asleep() => await ground.Server.Execute(
            "select id from information_schema.processlist where info like '%sleep(2000)%' "
            + "and id <> connection_id()");

        async Task<bool> Knows(string user) =>
            (await sento.Admin("/clients")).Text.Contains($"\"{user}\"", StringComparison.Ordinal);
    }

    private MySqlDoor Through(MySqlKind on, string user, string password) =>
        Ground.DoorTo(proxies.Of(on), user, password, "");

    private async Task<Ground> Ready(MySqlKind on)
    {
        var ground = Grounds.Of(on);
        await proxies.Start(ground);
        return ground;
    }

    private static async Task Make(Ground ground, string user, string password, string host = "%")
    {
        var name = $"'{user.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("'", "''", StringComparison.Ordinal)}'@'{host}'";
        await ground.Server.Execute($"drop user if exists {name}");
        await ground.Server.Execute($"create user {name} identified by '{password}'");
        await ground.Server.Execute($"grant all on app.* to {name}");
    }

    private static async Task<string[]> Connections(Ground ground, string user)
    {
        await using var admin = await ScriptedMySqlClient.Open(ground.Server.Door(MySqlServer.Superuser));
        var heard = await admin.Query(
            $"select group_concat(id) from information_schema.processlist where user = '{user}'");
        return heard.Scalar!.Split(',');
    }

    private static async Task Refused(MySqlDoor door)
    {
        await using var client = await ScriptedMySqlClient.Connect(door);
        var error = (await client.SignIn()).Error;
        Assert.Equal((1045, "28000"), (error?.Code, error?.State));
    }

    /// <summary>What somebody with a wrong password is asked and told, but for the name.</summary>
    private async Task<string> Steps(MySqlKind on, string user)
    {
        await using var client = await ScriptedMySqlClient.Connect(Through(on, user, "wrong"));
        var reply = await client.SignIn();
        return string.Join(' ', client.Plugins)
            + reply.Error!.Message.Replace(user, "USER", StringComparison.Ordinal);
    }

    private static Task<SentoProcess> StartProxy(
        Ground ground, string? query = null, string pool = "MaxConnections: 4")
    {
        var asks = query is null ? "" : $", Query: \"{query}\"";
        using var authority = TestCertificate.Authority();
        using var certificate = authority.SignServer("localhost", "127.0.0.1");
        var (certificateFile, keyFile) = certificate.WriteTo(RunFolder.Create("certificate"), "server");
        return SentoProcess.Start(new SentoOptions
        {
            Configuration = OwnProxy.Text(
                ground.Server.Port, pool, auth: query is null ? "" : "{SecretArn: app}",
                proxy: "RequireTLS: false\n    AuthQuery: {SecretArn: lookup" + asks + "}\n    "
                    + $"Certificate: {{CertificateFile: {certificateFile}, PrivateKeyFile: {keyFile}}}")
                .Replace("Secrets:\n", "Secrets:\n  lookup: {username: lookup, password: look}\n",
                    StringComparison.Ordinal),
        });
    }

    /// <summary>Proxies before both servers that know one privileged secret and nobody else.</summary>
    public sealed class Proxies : IAsyncLifetime
    {
        private readonly Dictionary<MySqlKind, SentoProcess> _proxies = [];

        public SentoProcess Of(MySqlKind kind) => _proxies[kind];

        /// <summary>Once for each server.</summary>
        public async Task Start(Ground ground)
        {
            if (_proxies.ContainsKey(ground.Kind))
                return;
            await ground.Server.Execute("create user lookup@'%' identified by 'look'");
            await ground.Server.Execute(
                $"grant select on mysql.{(ground.IsMariaDb ? "global_priv" : "user")} to lookup@'%'");
            _proxies[ground.Kind] = await StartProxy(ground);
        }

        public ValueTask InitializeAsync() => ValueTask.CompletedTask;

        public async ValueTask DisposeAsync()
        {
            foreach (var proxy in _proxies.Values)
                await proxy.DisposeAsync();
        }
    }
}
