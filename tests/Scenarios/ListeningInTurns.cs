using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>
/// Random turns of several clients that listen, notify, and open, commit and roll back transactions: each
/// hears the same notifications in the same order as directly, its own marked so, none lost, none twice.
/// </summary>
public sealed class ListeningInTurns(Ground ground) : Play(ground)
{
    private static readonly string[] s_channels = ["a", "b", "c", "d"];

    [Fact]
    public async Task Random_turns_are_heard_as_directly()
    {
        Ground.NeedsProxy();
        var given = Environment.GetEnvironmentVariable("SENTO_LISTENING_SEED");
        var first = given is null ? Random.Shared.Next() : int.Parse(given, CultureInfo.InvariantCulture);
        var rounds = Environment.GetEnvironmentVariable("SENTO_LISTENING_ROUNDS") is { } many
            ? int.Parse(many, CultureInfo.InvariantCulture) : 12;
        for (var round = 0; round < rounds; round++)
        {
            var seed = unchecked(first + round);
            var again = $"SENTO_LISTENING_SEED={seed} SENTO_LISTENING_ROUNDS=1";
            TestContext.Current.SendDiagnosticMessage(again);
            var script = Script(new Random(seed), clients: 3, turns: 120);
            var text = string.Join('\n', script.Select((turn, n) => $"{n}: {turn.Client}: {turn.Text}"));
            var direct = await Perform(Ground.Direct, script);
            string[] through;
            try
            {
                through = await Perform(Ground.Through!, script);
            }
            catch (Exception broken)
            {
                throw new Xunit.Sdk.XunitException($"{again}: {broken.Message}\n{text}", broken);
            }
            for (var i = 0; i < direct.Length; i++)
            {
                if (direct[i] != through[i])
                    Assert.Fail(
                        $"{again}: client {i} hears\n{through[i]}\ndirectly\n{direct[i]}\n{text}");
            }
        }
    }

    private static List<Turn> Script(Random dice, int clients, int turns)
    {
        var script = new List<Turn>();
        for (var turn = 0; turn < turns; turn++)
        {
            var text = Statement(dice, turn);
            var isExtended = !text.Contains(';', StringComparison.Ordinal) && dice.Next(3) == 0;
            script.Add(new Turn(dice.Next(clients), text, isExtended));
        }
        return script;
    }

    private static string Statement(Random dice, int turn)
    {
        var channel = s_channels[dice.Next(s_channels.Length)];
        var other = s_channels[dice.Next(s_channels.Length)];
        return dice.Next(20) switch
        {
            < 4 => $"listen {channel}",
            < 6 => $"unlisten {channel}",
            6 => dice.Next(3) == 0 ? "unlisten *" : $"listen {channel}; unlisten {other}",
            < 11 => $"notify {channel}, '{turn}'",
            11 => $"select pg_notify('{channel}', '{turn}'), pg_notify('{other}', '{turn}')",
            12 => $"notify {channel}, '{turn}'; listen {other}; notify {other}, '{turn}'",
            13 or 14 => "begin",
            15 or 16 => dice.Next(3) == 0 ? "rollback" : "commit",
            17 => dice.Next(2) == 0 ? "savepoint s" : "rollback to s",
            18 => dice.Next(3) == 0 ? "discard all" : "select 1/0",
            _ => "select * from pg_listening_channels() order by 1",
        };
    }

    /// <summary>
    /// What each client has heard: replies apart from notifications, since when those come is not fixed.
    /// </summary>
    private static async Task<string[]> Perform(ServerDoor door, List<Turn> script)
    {
        var clients = new List<ScriptedClient>();
        try
        {
            for (var i = 0; i <= script.Max(turn => turn.Client); i++)
                clients.Add(await ScriptedClient.Open(door));
            var told = clients.Select(_ => new StringBuilder()).ToArray();
            var replied = clients.Select(_ => new StringBuilder()).ToArray();
            for (var i = 0; i < clients.Count; i++)
            {
                var (client, at) = (clients[i], i);
                client.Hears = message => Write(message, client.ProcessId, told[at], replied[at]);
            }
            for (var turn = 0; turn < script.Count; turn++)
            {
                var (client, text, isExtended) = script[turn];
                var asks = isExtended ? clients[client].Extended(text) : clients[client].Query(text);
                await During($"turn {turn}", asks);
            }
            foreach (var client in clients)
                await During("the last rollbacks", client.Query("rollback"));
            // Last of all something that everybody hears: nothing can come behind it.
            foreach (var client in clients)
                await During("the last listening", client.Query("listen the_end"));
            await using var closer = await ScriptedClient.Open(door);
            await closer.Query("notify the_end");
            foreach (var client in clients)
            {
                while ((await client.Receive()).Text != "A(the_end=)")
                {
                }
            }
            return [.. told.Select((heard, i) => $"{heard}\n{replied[i]}")];
        }
        finally
        {
            foreach (var client in clients)
                await client.DisposeAsync();
        }
    }

    private static async Task During(string when, Task<Replies> reply)
    {
        try
        {
            Assert.True((await reply)[^1].IsReady, $"In {when} the session ended.");
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"In {when}: {late.Message}", late);
        }
    }

    private static void Write(ServerMessage message, int processId, StringBuilder told, StringBuilder replied)
    {
        if (message.Code != 'A')
        {
            replied.Append(message.Text).Append(' ');
            return;
        }
        var isOwn = BinaryPrimitives.ReadInt32BigEndian(message.Body.Span) == processId;
        told.Append(message.Text).Append(isOwn ? "! " : " ");
    }

    private sealed record Turn(int Client, string Text, bool IsExtended);
}
