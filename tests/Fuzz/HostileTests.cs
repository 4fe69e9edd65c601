using System.Diagnostics;
using System.Globalization;
using Sento.Tests.Support.Scripted;

namespace Sento.Tests.Fuzz;

/// <summary>
/// Spoilt bytes from either side: the process lives, its memory is bounded, each spoilt conversation comes to
/// an end in time, what the proxy says is well framed, and honest clients hear their own answers alone.
/// </summary>
public sealed class HostileTests(Ground ground)
{
    private const long GrowthBytesMax = 200_000_000;

    [Fact]
    public Task Spoilt_sign_ins_hurt_only_their_own_client() => Run(async mutator =>
    {
        await using var hostile = await ScriptedClient.Connect(ground.Honest);
        var beginning = Corpus.Beginnings[mutator.Random.Next(Corpus.Beginnings.Length)];
        await Say(hostile, mutator, mutator.Spoil(beginning));
        hostile.EndSending();
        // What is heard after a spoilt SSLRequest may be a handshake; only that it ends is asked.
        await HearTheEnd(hostile, isFramed: false);
    });

    [Fact]
    public Task Spoilt_conversations_hurt_only_their_own_client() => Run(async mutator =>
    {
        await using var hostile = await ScriptedClient.Open(ground.Honest);
        for (var times = mutator.Random.Next(3); times > 0; times--)
            await Say(hostile, mutator, Pick(mutator));
        await Say(hostile, mutator, mutator.Spoil(Pick(mutator)));
        if (mutator.Random.Next(4) == 0)
        {
            hostile.Vanish();
            return;
        }
        hostile.EndSending();
        await HearTheEnd(hostile, isFramed: true);
    });

    [Fact]
    public async Task Spoilt_servers_hurt_only_their_own_clients()
    {
        try
        {
            await Run(async mutator =>
            {
                ground.Relay.Begin(mutator.Random.Next());
                await using var victim = await ScriptedClient.Connect(ground.Spoilt);
                if ((await Listen(victim.SignIn())) is not { Count: > 0 } replies || !replies[^1].IsReady)
                    return;
                for (var times = 1 + mutator.Random.Next(4); times > 0; times--)
                    await Say(victim, mutator, Pick(mutator));
                victim.EndSending();
                await HearTheEnd(victim, isFramed: false);
            });
        }
        finally
        {
            ground.Relay.End();
        }
        Assert.True(ground.Relay.SpoiltCount > 0, "The relay has spoilt nothing.");

        // The same pool serves honest answers as soon as its server is honest.
        await using var after = await ScriptedClient.Open(ground.Spoilt);
        Assert.Equal("after", (await after.Query("select 'after'")).Scalar);
    }

    private async Task Run(Func<Mutator, Task> round)
    {
        await using var canary = await Canary.Open(ground.Honest, "canary");
        await canary.Sings();
        var before = ResidentBytes();
        var budget = new Budget();
        (double Seconds, int Seed) slowest = default;
        while (budget.Next() is { } seed)
        {
            try
            {
                var watch = Stopwatch.StartNew();
                await round(new Mutator(seed));
                await canary.Sings();
                if (watch.Elapsed.TotalSeconds > slowest.Seconds)
                    slowest = (watch.Elapsed.TotalSeconds, seed);
            }
            catch (Exception broken)
            {
                throw new Xunit.Sdk.XunitException(
                    $"Seed {seed} (SENTO_FUZZ_SEED={seed}): {broken.Message}\n{ground.Log}", broken);
            }
        }
        Assert.False(ground.HasEnded, ground.Log);
        Assert.InRange(ResidentBytes() - before, long.MinValue, GrowthBytesMax);
        Assert.False(ground.Log.Contains("internal error", StringComparison.OrdinalIgnoreCase), ground.Log);
        TestContext.Current.SendDiagnosticMessage(
            $"{budget.Rounds} conversations, slowest {slowest.Seed}: {slowest.Seconds:0.0} s");
    }

    private static byte[] Pick(Mutator mutator) =>
        Corpus.Conversations[mutator.Random.Next(Corpus.Conversations.Length)];

    /// <summary>Sends at once or in pieces; the proxy may hang up at any of them.</summary>
    private static async Task Say(ScriptedClient client, Mutator mutator, byte[] bytes)
    {
        try
        {
            if (bytes.Length == 0)
                return;
            var cut = mutator.Random.Next(bytes.Length);
            if (mutator.Random.Next(2) == 0 || cut == 0)
                await client.Send(bytes);
            else
                await client.SendSplit(bytes, cut);
        }
        catch (IOException)
        {
            // It has hung up on us, as it may.
        }
    }

    private static async Task HearTheEnd(ScriptedClient client, bool isFramed)
    {
        try
        {
            await client.ReceiveToEnd();
        }
        catch (Exception broken) when (broken is IOException || (!isFramed && broken is InvalidDataException))
        {
            // Cut off in the middle of a message: allowed where the bytes were not the proxy's own.
            Assert.False(isFramed && broken is EndOfStreamException, "The proxy stopped inside a message.");
        }
    }

    private static async Task<Replies?> Listen(Task<Replies> signIn)
    {
        try
        {
            return await signIn;
        }
        catch (Exception broken) when (broken is IOException or InvalidDataException)
        {
            return null;
        }
    }

    private long ResidentBytes()
    {
        var line = File.ReadLines($"/proc/{ground.Pid}/status")
            .First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        var kilobytes = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return long.Parse(kilobytes, CultureInfo.InvariantCulture) * 1024;
    }
}
