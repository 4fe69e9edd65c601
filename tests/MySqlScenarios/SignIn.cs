using MySqlConnector;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Processes;
using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.MySqlScenarios;

/// <summary>Who gets in, by which proof, and what those hear who do not.</summary>
public sealed class SignIn(Grounds grounds) : Play(grounds)
{
    [Theory, OnBoth]
    public Task The_greeting_shows_the_servers_own_version(MySqlKind on) => OnlyThroughSento(on, async side =>
    {
        await using var direct = await ScriptedMySqlClient.Connect(Grounds.Of(on).Direct);
        var through = await side.Connect(side.Door);
        Assert.Equal(direct.Greeting.Version, through.Greeting.Version);
        Assert.Equal(direct.Greeting.IsMariaDb, through.Greeting.IsMariaDb);
        Assert.NotEqual(direct.Greeting.Salt, through.Greeting.Salt);
        Assert.DoesNotContain((byte)0, through.Greeting.Salt);
        Assert.Equal((MySqlFlags)0, through.Greeting.Flags & ~direct.Greeting.Flags & ~MySqlFlags.Ssl);
    });

    [Theory]
    [InlineData(MySqlKind.MariaDb, MySqlProof.Native, "mysql_native_password")]
    [InlineData(MySqlKind.MySql, MySqlProof.Native, "mysql_native_password")]
    [InlineData(MySqlKind.MariaDb, MySqlProof.Sha2, "caching_sha2_password fast")]
    [InlineData(MySqlKind.MySql, MySqlProof.Sha2, "caching_sha2_password fast")]
    public Task A_client_begins_with_the_proof_of_its_choice(MySqlKind on, string plugin, string expected) =>
        OnlyThroughSento(on, async side =>
    {
        var client = await side.Open(side.Door with { Plugin = plugin });
        Assert.EndsWith(expected, string.Join(' ', client.Plugins), StringComparison.Ordinal);
        Assert.Equal("1", (await client.Query("select 1")).Scalar);
    });

    [Theory, OnBoth]
    public Task Whoever_is_wrong_hears_the_servers_own_words(MySqlKind on) => Compare(on, async side =>
    {
        foreach (var (user, password) in new[]
            { ("app", "wrong"), ("app", ""), ("nobody", "secret"), ("nobody", ""), ("APP", "secret") })
        {
            // MySQL asks an unknown user for a proof of its choice, which scripts may not know.
            if (side.IsDirect && user != "app")
                continue;
            var client = await side.Connect(side.Door.As(user, password));
            var reply = await client.SignIn();
            Assert.Equal((1045, "28000"), (reply.Error!.Code, reply.Error.State));
            Assert.StartsWith($"Access denied for user '{user}'@'127.0.0.1' (using password: "
                + (password.Length > 0 ? "YES" : "NO"), reply.Error.Message, StringComparison.Ordinal);
            Assert.Null(await client.TryReadPacket());
        }
    }, comparesTranscripts: false);

    [Theory, OnBoth]
    public Task A_schema_that_may_not_be_used_is_refused_at_once(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Connect(side.Door.To("books"));
        Assert.Equal(1044, (await client.SignIn()).Error!.Code);
        var other = await side.Open();
        Assert.Equal("1", (await other.Query("select 1")).Scalar);
    }, comparesTranscripts: false);

    [Theory, OnBoth]
    public async Task Over_tls_each_proof_works_and_a_password_in_clear_too(MySqlKind on)
    {
        await using var proxy = await StartTls(on);
        var door = Ground.DoorTo(proxy);
        foreach (var plugin in new[] { MySqlProof.Native, MySqlProof.Sha2, MySqlProof.Clear })
        {
            await using var client = await ScriptedMySqlClient.Open(door.WithTls() with { Plugin = plugin });
            Assert.Equal(plugin, client.Plugins[^1] == "fast" ? client.Plugins[^2] : client.Plugins[^1]);
            Assert.Equal("1", (await client.Query("select 1")).Scalar);
            await using var wrong = await ScriptedMySqlClient.Connect(
                door.WithTls().As("app", "wrong") with { Plugin = plugin });
            Assert.Equal(1045, (await wrong.SignIn()).Error!.Code);
        }
        await using var open = await ScriptedMySqlClient.Connect(door with { Plugin = MySqlProof.Clear });
        Assert.NotEqual(MySqlProof.Clear, (await open.SignIn()).Error is null ? open.Plugins[^1] : "refused");
    }

    [Theory, OnBoth]
    public async Task Without_tls_nobody_gets_in_where_it_is_demanded(MySqlKind on)
    {
        await using var proxy = await StartTls(on, "RequireTLS: true");
        var door = Ground.DoorTo(proxy);
        foreach (var plugin in new[] { MySqlProof.Native, MySqlProof.Sha2 })
        {
            await using var open = await ScriptedMySqlClient.Connect(door with { Plugin = plugin });
            Assert.Equal(3159, (await open.SignIn()).Error!.Code);
            Assert.Null(await open.TryReadPacket());
            await using var client = await ScriptedMySqlClient.Open(door.WithTls() with { Plugin = plugin });
            Assert.Equal("1", (await client.Query("select 1")).Scalar);
        }
    }

    [Theory, OnBoth]
    public async Task Whoever_shows_a_certificate_of_its_own_name_needs_no_password(MySqlKind on)
    {
        using var authority = TestCertificate.Authority();
        using var stranger = TestCertificate.Authority("Test Authority");
        var (authorityFile, _) = authority.WriteTo(RunFolder.Create("authority"), "authority");
        await using var proxy = await StartTls(Grounds.Of(on),
            $"RequireTLS: false\n    ClientCertificateAuthorities: {authorityFile}",
            "{SecretArn: app, ClientPasswordAuthType: CERTIFICATE}, {SecretArn: super}");
        foreach (var (user, signer, name, isRight) in new[]
        {
            ("app", authority, "app", true), ("app", authority, "super", false),
            ("app", stranger, "app", false), ("app", null, "", false), ("super", authority, "super", false),
            ("nobody", authority, "nobody", false),
        })
        {
            using var certificate = signer?.SignClient(name);
            var door = Ground.DoorTo(proxy, user, "").WithTls();
            await using var client = await ScriptedMySqlClient.Connect(
                door with { Server = door.Server with { ClientCertificate = certificate?.Certificate } });
            var error = await Refusal(client);
            Assert.True(isRight == (error is null), $"{user} by {name}: {error}");
            if (isRight)
                Assert.Equal("app@127.0.0.1", (await client.Query("select user()")).Scalar);
        }
        await using var open = await ScriptedMySqlClient.Connect(Ground.DoorTo(proxy));
        Assert.Equal(1045, (await open.SignIn()).Error!.Code);
    }

    /// <summary>Null: it is in. A certificate of a strange authority ends the handshake already.</summary>
    private static async Task<string?> Refusal(ScriptedMySqlClient client)
    {
        try
        {
            return (await client.SignIn()).Error?.Message;
        }
        catch (IOException ended)
        {
            return ended.Message;
        }
    }

    [Theory, OnBoth]
    public Task A_wrong_password_is_asked_in_full_and_then_refused(MySqlKind on) =>
        OnlyThroughSento(on, async side =>
    {
        var client = await side.Connect(side.Door.As("app", "wrong") with { Plugin = MySqlProof.Sha2 });
        Assert.Equal(1045, (await client.SignIn()).Error!.Code);
        Assert.Contains("full by RSA", client.Plugins);
        // Nobody learns from the questions whether a user exists.
        var unknown = await side.Connect(side.Door.As("nobody", "wrong") with { Plugin = MySqlProof.Sha2 });
        Assert.Equal(1045, (await unknown.SignIn()).Error!.Code);
        Assert.Equal(client.Plugins, unknown.Plugins);
    });

    [Theory, On(MySqlKind.MySql)]
    public async Task To_a_server_that_has_forgotten_the_password_full_proof_is_given(MySqlKind on)
    {
        var ground = Grounds.Of(on);
        foreach (var tls in new[] { "disable", "require" })
        {
            // The server keeps no proof of a user whose password was just set.
            await ground.Server.Execute("alter user fresh@'%' identified by 'secret'");
            await using var proxy = await OwnProxy.Start(ground.Server.Port, target: $", Tls: {tls}");
            await using var client = await ScriptedMySqlClient.Open(Ground.DoorTo(proxy, "fresh"));
            Assert.Equal("1", (await client.Query("select 1")).Scalar);
        }
    }

    [Theory, On(MySqlKind.MariaDb)]
    public Task To_a_server_that_wants_ed25519_the_password_is_proved_by_it(MySqlKind on) =>
        OnlyThroughSento(on, async side =>
    {
        var client = await side.Open(side.Door.As("curve", "secret"));
        Assert.Equal("curve@%", (await client.Query("select current_user()")).Scalar);
    });

    [Theory, OnBoth]
    public Task A_driver_signs_in_at_its_defaults(MySqlKind on) => OnlyThroughSento(on, async side =>
    {
        var proxy = Grounds.Of(on).Proxy;
        await using var connection = new MySqlConnection(
            $"Server=127.0.0.1;Port={proxy.Port};User ID=app;Password=secret;Database=app");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new MySqlCommand("select @a", connection);
        command.Parameters.AddWithValue("@a", 5);
        Assert.Equal(5L, Convert.ToInt64(await command.ExecuteScalarAsync(
            TestContext.Current.CancellationToken),
            System.Globalization.CultureInfo.InvariantCulture));
        _ = side;
    });

    private Task<SentoProcess> StartTls(MySqlKind on, string more = "RequireTLS: false") =>
        StartTls(Grounds.Of(on), more);

    /// <summary>A proxy that has a certificate.</summary>
    internal static async Task<SentoProcess> StartTls(
        Ground ground, string more = "RequireTLS: false", string? auth = null)
    {
        using var authority = TestCertificate.Authority();
        using var certificate = authority.SignServer("localhost", "127.0.0.1");
        var folder = RunFolder.Create("certificate");
        var (certificateFile, keyFile) = certificate.WriteTo(folder, "server");
        return await OwnProxy.Start(ground.Server.Port, proxy: $"{more}\n    "
            + $"Certificate: {{CertificateFile: {certificateFile}, PrivateKeyFile: {keyFile}}}",
            auth: auth ?? OwnProxy.Everybody);
    }
}
