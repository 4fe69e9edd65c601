using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>
/// AuthQuery: roles that no secret names sign in with what the database keeps of their passwords.
/// </summary>
public sealed class RoleSignIn(RoleSignIn.Grounds grounds) : IClassFixture<RoleSignIn.Grounds>
{
    private PostgresServer Server => grounds.Server;

    private ServerDoor Through(string user, string password) =>
        grounds.Proxy.Door(user, password);

    [Fact]
    public async Task A_role_made_a_moment_ago_works_and_a_dropped_one_does_not()
    {
        await Server.Execute("create role young login password 'of age'");
        await using (var client = await ScriptedClient.Open(Through("young", "of age")))
            Assert.Equal("young", (await client.Query("select session_user")).Scalar);
        await Refused(Through("young", "wrong"));
        await Server.Execute("drop role young");
        await Refused(Through("young", "of age"));
    }

    [Fact]
    public async Task A_changed_password_counts_from_the_next_sign_in_on()
    {
        await Server.Execute("create role changing login password 'one'");
        await using var before = await ScriptedClient.Open(Through("changing", "one"));
        await Server.Execute("alter role changing password 'two'");
        await Refused(Through("changing", "one"));
        await using var after = await ScriptedClient.Open(Through("changing", "two"));
        await Server.Execute(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = 'changing'");
        // Whoever is in stays in: new server connections are opened with what was proved last.
        await Eventually.Holds(async () => (await before.Query("select session_user")).Error is null);
        Assert.Equal("changing", (await after.Query("select session_user")).Scalar);
    }

    [Theory]
    [InlineData("nologin password 'x'")]
    [InlineData("login password 'x' valid until '2001-01-01'")]
    [InlineData("login password null")]
    public async Task Roles_that_may_not_sign_in_are_refused_as_if_unknown(string how)
    {
        await Server.Execute("drop role if exists barred");
        await Server.Execute($"create role barred {how}");
        var barred = await Refused(Through("barred", "x"));
        var unknown = await Refused(Through("nobody_at_all", "x"));
        Assert.Equal(unknown.Replace("nobody_at_all", "barred", StringComparison.Ordinal), barred);
    }

    [Fact]
    public async Task Whose_lookup_loses_its_connection_is_refused_at_once()
    {
        await using var proxy = await StartProxy(
            Server, ", Query: \"select $1, 'x' from pg_catalog.pg_sleep(1000)\"");
        await using var client = await ScriptedClient.Connect(proxy.Door("awaited", "x"));
        var refusal = client.SignIn();
        await Eventually.Holds(async () => await Server.Execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            + "where query like '%sleep(1000)%' and pid <> pg_backend_pid()") is true);
        Assert.Equal("28P01", (await refusal).Error?.SqlState);
    }

    [Fact]
    public async Task Whose_client_has_gone_waits_for_no_lookup()
    {
        await using var proxy = await StartProxy(
            Server, ", Query: \"select $1, 'x' from pg_catalog.pg_sleep(2000)\"",
            "MaxConnections: 1, MaxWaitingClients: 1");
        await using var known = await ScriptedClient.Open(proxy.Door());
        await using var awaited = await ScriptedClient.Connect(proxy.Door("awaited", "x"));
        var refusal = awaited.SignIn();
        await Eventually.Holds(async () => await Server.Execute(Asleep("count(*)")) is 1L);

        await using var departed = await ScriptedClient.Connect(proxy.Door("departed", "x"));
        var door = proxy.Door("departed", "x");
        await departed.Send(Startup(door.ProtocolVersion, door.StartupParameters()));
        await Eventually.Holds(async () => await Knows("departed"));
        departed.Vanish();
        await Eventually.Holds(async () => !await Knows("departed"));

        // The only place in the queue is this one's.
        await known.Send(Query("select 1"));
        await Eventually.Holds(
            async () => (await proxy.Metrics()).Sum("sento_clients_waiting") == 1);
        await Server.Execute(Asleep("pg_terminate_backend(pid)"));
        Assert.Equal("28P01", (await refusal).Error?.SqlState);
        Assert.Equal("1", (await known.ReceiveUntilReady()).Scalar);

        static string Asleep(string what) => $"select {what} from pg_stat_activity "
            + "where query like '%sleep(2000)%' and pid <> pg_backend_pid()";

        async Task<bool> Knows(string user) =>
            (await proxy.Admin("/clients")).Text.Contains($"\"{user}\"", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_role_with_an_md5_verifier_signs_in_on_both_legs()
    {
        await Server.Execute("set password_encryption = 'md5'; create role aged login password 'old ways'");
        await using (var client = await ScriptedClient.Open(Through("aged", "old ways")))
            Assert.Equal("aged", (await client.Query("select session_user")).Scalar);
        await Refused(Through("aged", "wrong"));
    }

    [Fact]
    public async Task Names_of_roles_are_text_and_nothing_else()
    {
        const string name = "o'hara \\ \"x\" \u00e9";
        await Server.Execute($"create role \"{name.Replace("\"", "\"\"",
            StringComparison.Ordinal)}\" login password 'pw'");
        await using var client = await ScriptedClient.Open(Through(name, "pw"));
        Assert.Equal("t", (await client.Query(
            "select session_user = 'o''hara \\ \"x\" ' || chr(233)")).Scalar);
        await Refused(Through("x' or 'a' = 'a", "pw"));
        await Refused(Through("app\\", "pw"));
    }

    [Fact]
    public async Task Superusers_and_other_roles_take_turns_on_one_session_as_with_psql()
    {
        await Server.Execute(
            "create role mighty superuser login password 'pw'; create role meek login password 'pw'");
        // psql's \c is a new connection, with the same or another role.
        foreach (
            var (user, isSuper) in new[] { ("mighty", "on"), ("meek", "off"), ("mighty", "on"),
                ("app", "off") })
        {
            await using var client = await ScriptedClient.Open(
                Through(user, user == "app" ? "secret" : "pw"));
            Assert.Equal(isSuper, client.Parameters["is_superuser"]);
            Assert.Equal(user, client.Parameters["session_authorization"]);
            Assert.Equal(user, (await client.Query("select current_user")).Scalar);
        }
    }

    [Fact]
    public async Task The_secret_that_looks_up_lets_no_client_in()
    {
        // As a role of the database it may sign in like any other, by its own verifier; not by the secret's
        // entry.
        await using var client = await ScriptedClient.Open(Through("lookup", "look"));
        await Server.Execute("alter role lookup nologin");
        try
        {
            await Refused(Through("lookup", "look"));
        }
        finally
        {
            await Server.Execute("alter role lookup login");
        }
    }

    [Fact]
    public async Task No_password_and_no_verifier_is_in_the_log()
    {
        await Server.Execute("create role quiet login password 'whisper'");
        await using var client = await ScriptedClient.Open(Through("quiet", "whisper"));
        await Refused(Through("quiet", "shouted"));
        Assert.DoesNotContain("whisper", grounds.Proxy.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("shouted", grounds.Proxy.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("SCRAM-SHA-256$", grounds.Proxy.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_role_takes_the_same_steps_as_a_wrong_password()
    {
        await Server.Execute("create role known login password 'pw'");
        var (known, unknown) = (await Steps("known"), await Steps("not_known_at_all"));
        Assert.Equal(known, unknown);
    }

    /// <summary>
    /// What a client hears, but for nonce, salt and name; and how many questions the database got.
    /// </summary>
    private async Task<string> Steps(string user)
    {
        await using var client = await ScriptedClient.Connect(Through(user, "wrong"));
        var replies = await client.SignIn();
        var challenge = System.Text.Encoding.UTF8.GetString(replies[1].Body.Span[4..]).Split(',');
        var error = replies.Error!.FullText.Replace(user, "ROLE", StringComparison.Ordinal);
        var shape = string.Join(' ', challenge[0].Length, challenge[1].Length, challenge[2]);
        return $"{replies.Codes} {challenge.Length} {shape} {error}";
    }

    private static async Task<string> Refused(ServerDoor door)
    {
        await using var client = await ScriptedClient.Connect(door);
        var error = (await client.SignIn()).Error;
        Assert.Equal("28P01", error?.SqlState);
        return error!.FullText;
    }

    private static Task<SentoProcess> StartProxy(
        PostgresServer server, string query = "", string pool = "MaxConnections: 4") =>
        SentoProcess.Start(new SentoOptions
        {
            Configuration = OwnProxy.Text(
                OwnProxy.Target(server.Port), pool, auth: "{SecretArn: app}",
                proxy: $"AuthQuery: {{SecretArn: lookup, Database: postgres{query}}}")
                .Replace("Secrets:\n", "Secrets:\n  lookup: {username: lookup, password: look}\n",
                    StringComparison.Ordinal),
        });

    /// <summary>A server whose roles a proxy looks up with one privileged secret.</summary>
    public sealed class Grounds : IAsyncLifetime
    {
        public PostgresServer Server { get; private set; } = null!;

        public SentoProcess Proxy { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Server = await PostgresServer.Start(new PostgresOptions
            {
                // As PostgreSQL itself: the method md5 takes a SCRAM verifier by SCRAM.
                AccessRules = ["host all aged 127.0.0.1/32 md5"],
                SetupSql = "create role lookup superuser login password 'look'",
            });
            Proxy = await StartProxy(Server);
        }

        public async ValueTask DisposeAsync()
        {
            await Proxy.DisposeAsync();
            await Server.DisposeAsync();
        }
    }
}
