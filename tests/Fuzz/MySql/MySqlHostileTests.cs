using System.Net.Sockets;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.Fuzz.MySql;

/// <summary>
/// Spoilt bytes from either side of MySQL's protocol: the process lives, its memory is bounded, each spoilt
/// conversation comes to an end in time, what the proxy says is well framed, and honest clients hear their
/// own answers alone.
/// </summary>
public sealed class MySqlHostileTests(MySqlGround ground) : IClassFixture<MySqlGround>
{
    private const long GrowthBytesMax = 200_000_000;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(MySqlKind.MariaDb)]
    [InlineData(MySqlKind.MySql)]
    public Task Spoilt_sign_ins_hurt_only_their_own_client(MySqlKind kind) => Run(kind, async mutator =>
    {
        await using var hostile = await ScriptedMySqlClient.Connect(ground.HonestOf(kind));
        var beginning = MySqlCorpus.Beginnings[mutator.Random.Next(MySqlCorpus.Beginnings.Length)];
        await Say(hostile, mutator, mutator.Spoil(beginning));
        // What is heard after a spoilt SSLRequest may be a handshake; only that it ends is asked.
        await HearTheEnd(hostile, isFramed: false);
    });

    [Theory]
    [InlineData(MySqlKind.MariaDb)]
    [InlineData(MySqlKind.MySql)]
    public Task Spoilt_conversations_hurt_only_their_own_client(MySqlKind kind) => Run(kind, async mutator =>
    {
        await using var hostile = await ScriptedMySqlClient.Open(ground.HonestOf(kind).With(
            mutator.Random.Next(2) == 0 ? MySqlFlags.LocalFiles : MySqlFlags.QueryAttributes));
        for (var times = mutator.Random.Next(3); times > 0; times--)
            await Say(hostile, mutator, Pick(mutator));
        await Say(hostile, mutator, mutator.Spoil(Pick(mutator)));
        if (mutator.Random.Next(4) == 0)
            hostile.Vanish();
        else
            await HearTheEnd(hostile, isFramed: true);
    });

    [Theory]
    [InlineData(MySqlFlags.Compress)]
    [InlineData(MySqlFlags.ZstdCompress)]
    public Task Spoilt_compressed_packets_hurt_only_their_own_client(MySqlFlags compression) =>
        Run(MySqlKind.MySql, async mutator =>
    {
        await using var hostile = await ScriptedMySqlClient.Open(
            ground.HonestOf(MySqlKind.MySql).With(compression));
        var plain = Pick(mutator);
        var payload = hostile.Compressed(plain);
        var packet = new MySqlBytes().Int(payload.Length, 3).Byte(0).Int(plain.Length, 3).Raw(payload)
            .ToArray();
        await Ignoring(() => hostile.SendUncompressed(mutator.Spoil(packet)));
        hostile.EndSending();
        await Ignoring(hostile.ReceiveRawToEnd);
    });

    [Theory]
    [InlineData(MySqlKind.MariaDb)]
    [InlineData(MySqlKind.MySql)]
    public async Task Spoilt_servers_hurt_only_their_own_clients(MySqlKind kind)
    {
        var relay = ground.RelayOf(kind);
        try
        {
            await Run(kind, async mutator =>
            {
                relay.Begin(mutator.Random.Next());
                if (await TryOpen(ground.SpoiltOf(kind)) is not { } victim)
                    return;
                await using var _ = victim;
                for (var times = 1 + mutator.Random.Next(4); times > 0; times--)
                    await Say(victim, mutator, Pick(mutator));
                await HearTheEndOrLeave(victim);
            });
        }
        finally
        {
            relay.End();
        }
        Assert.True(relay.SpoiltCount > 0, "The relay has spoilt nothing.");

        // The same pool serves honest answers as soon as its server is honest.
        await using var after = await ScriptedMySqlClient.Open(ground.SpoiltOf(kind));
        Assert.Equal("after", (await after.Query("select 'after'")).Scalar);
    }

    private async Task Run(MySqlKind kind, Func<Mutator, Task> round)
    {
        await using var canary = await MySqlCanary.Open(ground.HonestOf(kind));
        await canary.Sings();
        var before = ground.ResidentBytes;
        var budget = new Budget();
        while (budget.Next() is { } seed)
        {
            try
            {
                await round(new Mutator(seed));
                await canary.Sings();
            }
            catch (Exception broken)
            {
                throw new Xunit.Sdk.XunitException(
                    $"Seed {seed} (SENTO_FUZZ_SEED={seed}): {broken.Message}\n{ground.Log}", broken);
            }
        }
        Assert.False(ground.HasEnded, ground.Log);
        Assert.InRange(ground.ResidentBytes - before, long.MinValue, GrowthBytesMax);
        Assert.False(ground.Log.Contains("internal error", StringComparison.OrdinalIgnoreCase), ground.Log);
        TestContext.Current.SendDiagnosticMessage($"{budget.Rounds} conversations");
    }

    private static byte[] Pick(Mutator mutator) =>
        MySqlCorpus.Conversations[mutator.Random.Next(MySqlCorpus.Conversations.Length)];

    /// <summary>Sends at once or in pieces; the proxy may hang up at any of them.</summary>
    private static Task Say(ScriptedMySqlClient client, Mutator mutator, byte[] bytes) => Ignoring(async () =>
    {
        var cut = mutator.Random.Next(2) == 0 ? 0 : mutator.Random.Next(bytes.Length + 1);
        if (cut > 0)
            await client.SendRaw(bytes.AsMemory(0, cut));
        if (cut < bytes.Length)
            await client.SendRaw(bytes.AsMemory(cut));
    });

    private static async Task HearTheEnd(ScriptedMySqlClient client, bool isFramed)
    {
        await Ignoring(() =>
        {
            client.EndSending();
            return Task.CompletedTask;
        });
        // Who closes its half has left: what is on its way to it by then may be cut.
        if (isFramed)
            await Ignoring(client.ReceiveToEnd);
        else
            await Ignoring(client.ReceiveRawToEnd);
    }

    /// <summary>A spoilt length may promise more than ever comes: clients lose patience, and leave.</summary>
    private static async Task HearTheEndOrLeave(ScriptedMySqlClient client)
    {
        var hearing = HearTheEnd(client, isFramed: false);
        try
        {
            await hearing.WaitAsync(s_patience);
        }
        catch (TimeoutException)
        {
            client.Vanish();
            await Ignoring(() => hearing);
        }
    }

    private static async Task<ScriptedMySqlClient?> TryOpen(MySqlDoor door)
    {
        try
        {
            return await ScriptedMySqlClient.Open(door);
        }
        catch (Exception broken) when (broken is IOException or InvalidOperationException or FormatException
            or ArgumentException or SocketException)
        {
            return null;
        }
    }

    /// <summary>That it hangs up on us is its right.</summary>
    private static async Task Ignoring(Func<Task> says)
    {
        try
        {
            await says();
        }
        catch (Exception over) when (over is IOException or SocketException or ObjectDisposedException)
        {
            // Over.
        }
    }
}
