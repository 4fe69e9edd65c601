using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.MySqlScenarios;

/// <summary>A server that says what none should: its own client is told, nobody else.</summary>
public sealed class HostileServers(Grounds grounds) : Play(grounds)
{
    private static readonly byte[] s_ok = [0, 0, 0, 2, 0, 0, 0];

    private static readonly byte[] s_file = MySqlBytes.Packets([0xfb, .. "/etc/passwd"u8], 1);

    private static readonly Dictionary<string, byte[]> s_tricks = new()
    {
        ["asks for a file"] = s_file,
        ["wrong number"] = MySqlBytes.Packets(s_ok, 7),
        ["empty packet"] = MySqlBytes.Packets([], 1),
        ["short ok"] = MySqlBytes.Packets([0, 0], 1),
        ["short error"] = MySqlBytes.Packets([0xff, 1], 1),
        ["length of eight bytes"] = MySqlBytes.Packets([0xfe, .. Enumerable.Repeat((byte)0xff, 8)], 1),
        ["columns beyond number"] = MySqlBytes.Packets([0xfd, 0xff, 0xff, 0xff], 1),
        ["no columns"] = MySqlBytes.Packets([0xfc, 0, 0], 1),
        ["null length"] = MySqlBytes.Packets([0, 0xfb, 0xfb, 2, 0, 0, 0], 1),
        ["changes longer than the packet"] =
            MySqlBytes.Packets([0, 0, 0, 2, 0x40, 0, 0, 0, 0xfd, 0xff, 0xff, 0xff, 0], 1),
        ["change longer than the changes"] =
            MySqlBytes.Packets([0, 0, 0, 2, 0x40, 0, 0, 0, 5, 0, 0xfe, 1, 1, 1], 1),
        ["definition of nothing"] =
            [.. MySqlBytes.Packets([1], 1), .. MySqlBytes.Packets([], 2)],
        ["rows out of order"] =
            [.. MySqlBytes.Packets([1], 1), .. MySqlBytes.Packets([3, .. "def"u8], 9)],
        ["two answers"] = [.. MySqlBytes.Packets(s_ok, 1), .. MySqlBytes.Packets(s_ok, 1)],
        ["two answers in order"] = [.. MySqlBytes.Packets(s_ok, 1), .. MySqlBytes.Packets(s_ok, 2)],
        ["answer and request"] = [.. MySqlBytes.Packets(s_ok, 1), .. s_file],
    };

    [Theory, OnBoth]
    public async Task Whatever_a_server_says_out_of_turn_reaches_nobody_as_an_answer(MySqlKind on)
    {
        await Grounds.Of(on).Clean();
        await using var server = new TrickServer(Grounds.Of(on).Server.Port, s_tricks);
        await using var sento = await OwnProxy.Start(
            server.Port, "MaxConnections: 1, ConnectionBorrowTimeout: 20", target: ", Tls: disable");
        await using var honest = await ScriptedMySqlClient.Open(Ground.DoorTo(sento));
        foreach (var trick in s_tricks.Keys)
        {
            foreach (var flags in new[] { MySqlFlags.None, MySqlFlags.LocalFiles })
            {
                await using var victim = await ScriptedMySqlClient.Open(Ground.DoorTo(sento).With(flags));
                // The connection is handed over by now: the trick answers the statement and nothing else.
                Assert.Equal("(1)", (await victim.Query("select 1")).Text);
                await victim.SendQuery($"select '{trick}'");
                await HearsNoRequest(victim, trick);
                for (var i = 0; i < 3; i++)
                    Assert.Equal($"(own {i})", (await honest.Query($"select 'own {i}'")).Text);
            }
        }
        Assert.Equal(2 * s_tricks.Count, server.PlayedCount);
        Assert.DoesNotContain("internal error", sento.Log, StringComparison.OrdinalIgnoreCase);
    }

    [Theory, OnBoth]
    public async Task A_file_is_asked_of_its_client_by_its_own_statement_alone(MySqlKind on)
    {
        await Grounds.Of(on).Clean();
        await using var server = new TrickServer(Grounds.Of(on).Server.Port, s_tricks);
        await using var sento = await OwnProxy.Start(
            server.Port, "MaxConnections: 1, ConnectionBorrowTimeout: 20", target: ", Tls: disable");
        await using var willing = await ScriptedMySqlClient.Open(
            Ground.DoorTo(sento).With(MySqlFlags.LocalFiles));
        await using var other = await ScriptedMySqlClient.Open(Ground.DoorTo(sento));
        await willing.Query("create table t (a int)");
        // Its own LOAD DATA LOCAL is asked for; a prepared text and a comment are none.
        Assert.Equal("FILE f", (await willing.Query("load data local infile 'f' into table t")).Text);
        Assert.Equal("OK(1)", (await willing.SendFile("1\n"u8.ToArray())).Text);
        Assert.Equal("(1)", (await willing.Query("select 1")).Text);
        await willing.SendQuery("select 1 /* load data local infile 'asks for a file' into table t */");
        await HearsNoRequest(willing, "asks for a file");
        Assert.Equal("(1)", (await other.Query("select count(*) from t")).Text);
    }

    /// <summary>It hears an OK, an error or the end of its session, and is never asked for a file.</summary>
    private static async Task HearsNoRequest(ScriptedMySqlClient client, string trick)
    {
        try
        {
            while (await client.TryReadPacket() is { } packet)
            {
                Assert.True(packet.FirstOrDefault() != 0xfb, $"{trick}: asked for a file");
                if (packet.FirstOrDefault() is 0 or 0xfe or 0xff)
                    return;
            }
        }
        catch (EndOfStreamException)
        {
            // Cut off in the middle.
        }
        catch (TimeoutException)
        {
            Assert.Fail($"{trick}: neither an answer nor an end");
        }
    }
}
