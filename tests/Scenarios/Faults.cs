using Sento.Tests.Support;
using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>Servers that die, restart or talk nonsense: each fault reaches the client it concerns, once,
/// and no other.</summary>
public sealed class Faults(Ground ground)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_server_killed_while_idle_costs_no_client_anything()
    {
        await using var sento = await Own(ground.Server.Port);
        await using var client = await ScriptedClient.Open(sento.Door());
        for (var round = 0; round < 5; round++)
        {
            Assert.Equal("1", (await client.Query("select 1")).Scalar);
            await KillServers(waits: true);
        }
        Assert.Equal("2", (await client.Extended("select 2")).Scalar);
    }

    [Fact]
    public async Task A_server_killed_in_the_moment_of_use_runs_no_statement_twice()
    {
        await using var sento = await Own(ground.Server.Port);
        await ground.Clean();
        await using var client = await ScriptedClient.Open(sento.Door());
        await client.Query("create table t (round int)");
        var told = new List<int>();
        var failed = 0;
        for (var round = 0; round < 60; round++)
        {
            var killing = KillServers();
            var replies = round % 2 == 0
                ? await client.Query($"insert into t values ({round})")
                : await client.Extended($"insert into t values ({round})");
            if (replies.Error is null)
                told.Add(round);
            else
                failed++;
            Assert.True(replies.Error is null or { SqlState: "57P01" or "08006" }, replies.FullText);
            await killing;
        }
        var found = await client.Query("select count(*), count(distinct round) from t");
        while (found.Error is not null)
            found = await client.Query("select count(*), count(distinct round) from t");
        var row = found.Rows.First();
        Assert.Equal(row[0], row[1]);
        var kept = await client.Query($"select count(*) from t where round in ({string.Join(',', told)})");
        Assert.Equal($"{told.Count}", kept.Scalar);
        // What can't be proven not to have run is told; here that takes a kill within microseconds.
        Assert.InRange(failed, 0, 20);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_request_that_its_server_never_read_is_asked_of_another(bool isExtended)
    {
        var connections = 0;
        var asked = 0;
        var isDying = false;
        await using var server = new FakePostgresServer(async connection =>
        {
            await connection.SignInTrusting();
            if (Interlocked.Increment(ref connections) > 1)
            {
                while (await connection.TryReceive() is { } message)
                {
                    var isOurs = Text(message).Contains("pg_", StringComparison.Ordinal);
                    if (message.Code is 'Q' or 'E' && !isOurs)
                        Interlocked.Increment(ref asked);
                    await connection.Answer(message);
                }
                return;
            }
            // Answers until the client's last request is there, and goes away without having read that.
            while (true)
            {
                await connection.WaitUnread();
                if (Volatile.Read(ref isDying))
                    break;
                if (await connection.TryReceive() is { } message)
                    await connection.Answer(message);
            }
            await connection.Send(ToClient.Error("FATAL", "57P01", "terminating connection"));
            connection.Exit();
        });
        await using var sento = await Own(server.Port);
        await using var client = await ScriptedClient.Open(sento.Door());
        await client.Query("select 1");
        await client.Query("select 1");
        Volatile.Write(ref isDying, true);
        var replies = isExtended ? await client.Extended("select 2") : await client.Query("select 2");
        Assert.Null(replies.Error);
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task A_server_killed_in_a_transaction_is_told_to_its_own_client_which_goes_on()
    {
        await using var sento = await Own(ground.Server.Port);
        await using var client = await ScriptedClient.Open(sento.Door());
        await using var other = await ScriptedClient.Open(sento.Door());
        await other.Query("select 1");
        await client.Query("set application_name = 'kept'");
        await client.Query("begin; select 1");
        await KillServers();
        var replies = await client.Query("select 2");
        Assert.Equal("57P01", replies.Error?.SqlState);
        Assert.True(replies[^1].IsReady, "The session ends with its server connection.");
        if (client.Status != 'I')
            await client.Query("rollback");
        Assert.Equal("kept", (await client.Query("show application_name")).Scalar);
        Assert.Equal("1", (await other.Query("select 1")).Scalar);
    }

    [Fact]
    public async Task A_server_killed_in_the_middle_of_rows_is_exactly_one_error()
    {
        await using var sento = await Own(ground.Server.Port);
        await using var client = await ScriptedClient.Open(sento.Door());
        await client.Send(Query("select repeat('x', 1000), pg_sleep(0.001) from generate_series(1, 100000)"));
        await client.ReceiveUntil('D');
        await KillServers();
        var replies = await client.ReceiveUntilReady();
        Assert.Single(replies, m => m.IsError);
        Assert.Equal("1", (await client.Query("select 1")).Scalar);
    }

    [Fact]
    public async Task A_server_killed_in_a_copy_is_an_error_and_late_data_is_ignored()
    {
        await using var sento = await Own(ground.Server.Port);
        await ground.Clean();
        await using var client = await ScriptedClient.Open(sento.Door());
        await client.Query("create table t (a int)");
        await client.Send(Query("copy t from stdin"), CopyData("1\n"));
        await client.ReceiveUntil('G');
        await KillServers();
        await client.Send(CopyData("2\n"), CopyData("3\n"), CopyDone());
        Assert.NotNull((await client.ReceiveUntilReady()).Error);
        Assert.Equal("0", (await client.Query("select count(*) from t")).Scalar);
    }

    [Fact]
    public async Task A_restarted_target_is_found_again_and_clients_keep_their_sessions()
    {
        await using var sento = await Own(ground.Server.Port);
        await using var client = await ScriptedClient.Open(sento.Door());
        await client.Query("set work_mem = '7MB'");
        await client.Ask(Parse("s", "select 'still here'"), Sync());
        await ground.Server.Restart();
        await Eventually.Holds(async () => (await client.Query("select 1")).Error is null, s_patience);
        Assert.Equal("7MB", (await client.Query("show work_mem")).Scalar);
        Assert.Equal("still here", (await client.Ask(Bind("", "s"), Execute(), Sync())).Scalar);
    }

    [Fact]
    public async Task A_target_that_is_down_is_told_with_an_error_and_not_with_silence()
    {
        await using var sento = await Own(Support.Processes.FreePort.Take(), "ConnectionBorrowTimeout: 2");
        await using var client = await ScriptedClient.Connect(sento.Door());
        var replies = await client.SignIn();
        if (replies[^1].IsReady)
            replies = await client.Query("select 1");
        Assert.NotNull(replies.Error);
        Assert.StartsWith("08", replies.Error.SqlState, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("57P03", "the database system is starting up")]
    [InlineData("57P03", "the database system is shutting down")]
    [InlineData("53300", "sorry, too many clients already")]
    [InlineData("42501", "permission denied for database")]
    public async Task A_server_that_refuses_at_login_is_quoted_with_its_own_sqlstate(
        string sqlState, string message)
    {
        await using var server = new FakePostgresServer(async connection =>
        {
            await connection.ExpectStartup();
            await connection.Send(ToClient.Error("FATAL", sqlState, message));
        });
        await using var sento = await Own(server.Port, "ConnectionBorrowTimeout: 2");
        await using var client = await ScriptedClient.Connect(sento.Door());
        var replies = await client.SignIn();
        if (replies[^1].IsReady)
            replies = await client.Query("select 1");
        Assert.Equal(sqlState, replies.Error?.SqlState);
        Assert.Contains(message, replies.Error?.FullText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_whose_login_comes_byte_by_byte_is_understood()
    {
        await using var server = new FakePostgresServer(async connection =>
        {
            await connection.ExpectStartup();
            await connection.SendByteByByte(
                ToClient.AuthenticationOk(), ToClient.ParameterStatus("server_version", "15.0"),
                ToClient.ParameterStatus("client_encoding", "UTF8"), ToClient.BackendKeyData(1, 1, 2, 3, 4),
                ToClient.ReadyForQuery());
            await connection.AnswerEverything();
        });
        await Answers(server, "C(SELECT 0) Z(I)");
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(2_000_000_000)]
    public async Task Absurd_scram_iterations_are_refused_at_once(int iterations)
    {
        await using var server = new FakePostgresServer(connection => Tolerate(
            connection.SignInByScram("secret", iterations)));
        await Fails(server);
    }

    [Fact]
    public async Task A_server_that_changes_the_nonce_is_refused()
    {
        await using var server = new FakePostgresServer(connection => Tolerate(
            connection.SignInByScram("secret", spoilNonce: nonce => "x" + nonce[1..])));
        await Fails(server);
    }

    [Fact]
    public async Task A_server_that_does_not_know_the_password_itself_is_refused()
    {
        await using var server = new FakePostgresServer(connection => Tolerate(connection.SignInByScram("other")));
        await Fails(server);
    }

    public static readonly TheoryData<string> Nonsense =
        ["garbage", "huge length", "negative length", "unknown code", "ready twice", "half a row", "error without code"];

    [Theory]
    [MemberData(nameof(Nonsense))]
    public async Task A_server_that_talks_nonsense_is_one_error_for_its_client(string kind)
    {
        await using var server = new FakePostgresServer(async connection =>
        {
            await connection.SignInTrusting();
            while (await connection.TryReceive() is { } message)
            {
                if (message.Code == 'Q' && Text(message).Contains("nonsense", StringComparison.Ordinal))
                {
                    await connection.SendRaw(Spoilt(kind));
                    return;
                }
                await connection.Answer(message);
            }
        });
        await using var sento = await Own(server.Port);
        await using var client = await ScriptedClient.Open(sento.Door());
        var replies = await client.Query("select 'nonsense'");
        Assert.Contains(replies, m => m.IsError);
        // A new connection serves the next one.
        await using var next = await ScriptedClient.Open(sento.Door());
        Assert.Equal("C(SELECT 0) Z(I)", (await next.Query("select 1")).Text);
    }

    [Theory]
    [InlineData("FATAL")]
    [InlineData("notice")]
    [InlineData("parameter")]
    public async Task What_an_idle_server_says_unasked_reaches_no_client_as_an_answer(string what)
    {
        await using var server = new FakePostgresServer(async connection =>
        {
            await connection.SignInTrusting();
            while (await connection.TryReceive() is { } message)
            {
                await connection.Answer(message);
                if (message.Code != 'Q' || !Text(message).Contains("speak up", StringComparison.Ordinal))
                    continue;
                await connection.Send(what switch
                {
                    "FATAL" => ToClient.Error("FATAL", "57P01", "terminating connection"),
                    "notice" => ToClient.Notice("00000", "by the way"),
                    _ => ToClient.ParameterStatus("TimeZone", "Asia/Tokyo"),
                });
                if (what == "FATAL")
                {
                    connection.Exit();
                    return;
                }
            }
        });
        await using var sento = await Own(server.Port);
        await using var client = await ScriptedClient.Open(sento.Door());
        Assert.Equal("C(SELECT 0) Z(I)", (await client.Query("select 'speak up'")).Without("NS").Text);
        for (var i = 0; i < 3; i++)
            Assert.Equal("C(SELECT 0) Z(I)", (await client.Query("select 1")).Without("NS").Text);
    }

    [Theory]
    [InlineData('Q', 0)]
    [InlineData('Q', 3)]
    [InlineData('Q', -1)]
    [InlineData('Q', int.MaxValue)]
    [InlineData('P', int.MaxValue)]
    [InlineData('z', 4)]
    [InlineData('\0', 4)]
    [InlineData('S', 5)]
    [InlineData('d', int.MinValue)]
    public async Task A_client_that_talks_nonsense_hurts_only_itself(char code, int length)
    {
        await using var sento = await Own(ground.Server.Port);
        await using var other = await ScriptedClient.Open(sento.Door());
        await other.Query("begin; select 1");
        var hostile = await ScriptedClient.Open(sento.Door());
        await hostile.Query("begin; select 1");
        await hostile.Send(Header(code, length), new byte[64]);
        hostile.EndSending();
        Assert.DoesNotContain('D', (await hostile.ReceiveToEnd()).Codes);
        Assert.Equal("C(COMMIT) Z(I)", (await other.Query("commit")).Text);
    }

    [Fact]
    public async Task Clients_that_vanish_at_every_byte_leave_a_working_proxy()
    {
        await using var sento = await Own(ground.Server.Port, "MaxConnections: 2");
        byte[] session =
        [
            .. Query("begin"), .. Extended("select 1"), .. Sync(), .. Query("set application_name = 'x'"), .. Query("commit"),
        ];
        for (var cut = 1; cut < session.Length; cut += 7)
        {
            var client = await ScriptedClient.Open(sento.Door());
            await client.Send(session[..cut]);
            client.Vanish();
        }
        await using var last = await ScriptedClient.Open(sento.Door());
        Assert.Equal("", (await last.Query("show application_name")).Scalar);
    }

    private static byte[] Spoilt(string kind) => kind switch
    {
        "garbage" => [.. Enumerable.Range(0, 200).Select(i => (byte)(i * 37))],
        "huge length" => Header('D', int.MaxValue),
        "negative length" => Header('D', -5),
        "unknown code" => Typed('?', 1, 2, 3),
        "ready twice" => [.. ToClient.ReadyForQuery(), .. ToClient.ReadyForQuery(), .. ToClient.DataRow("stray")],
        "half a row" => ToClient.DataRow("half")[..6],
        _ => [.. ToClient.ErrorFields(('M', "no code at all")), .. ToClient.ReadyForQuery()],
    };

    private static string Text(ServerMessage message) => System.Text.Encoding.UTF8.GetString(message.Body.Span);

    /// <summary>A play that the proxy rightly breaks off.</summary>
    private static async Task Tolerate(Task play)
    {
        try
        {
            await play;
        }
        catch (Exception ended) when (ended is IOException or InvalidOperationException or ArgumentOutOfRangeException)
        {
            // It hung up on us.
        }
    }

    private async Task Answers(FakePostgresServer server, string expected)
    {
        await using var sento = await Own(server.Port);
        await using var client = await ScriptedClient.Open(sento.Door());
        Assert.Equal(expected, (await client.Query("select 1")).Text);
    }

    private async Task Fails(FakePostgresServer server)
    {
        await using var sento = await Own(server.Port, "ConnectionBorrowTimeout: 2");
        await using var client = await ScriptedClient.Connect(sento.Door());
        var replies = await client.SignIn();
        if (replies[^1].IsReady)
            replies = await client.Query("select 1");
        Assert.NotNull(replies.Error);
    }

    /// <param name="waits">Until they are gone.</param>
    private Task KillServers(bool waits = false) => ground.Server.Execute(
        $"select pg_terminate_backend(pid, {(waits ? 60_000 : 0)}) from pg_stat_activity where usename = 'app'");

    private Task<SentoProcess> Own(int targetPort, string pool = "MaxConnections: 4")
    {
        ground.NeedsProxy();
        return OwnProxy.Start(targetPort, pool);
    }
}
