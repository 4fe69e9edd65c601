using System.Diagnostics;
using System.Globalization;
using Sento.Tests.Support;
using Sento.Tests.Support.Processes;
using Sento.Tests.Support.Scripted;

namespace Sento.Tests.Scenarios;

/// <summary>
/// Server processes that neither answer nor close, as those of a machine that lost its power.
/// </summary>
public sealed class HalfOpen(Ground ground)
{
    [Fact]
    public async Task A_server_that_died_without_a_word_while_idle_costs_no_client_anything()
    {
        await using var sento = await OwnProxy.Start(ground.Server.Port, "MaxConnections: 3");
        var clients = await Task.WhenAll(
            Enumerable.Range(0, 3).Select(_ => ScriptedClient.Open(sento.Door())));
        var pids = new List<int>();
        foreach (var client in clients)
            pids.Add(
                int.Parse((await client.Query("begin; select pg_backend_pid()")).Scalar!,
                    CultureInfo.InvariantCulture));
        foreach (var client in clients)
            await client.Query("commit");
        // Another client's statement shows that time passes: nobody has heard of the three for longer than
        // is trusted.
        await ground.Server.Execute("select pg_sleep(2.5)");
        pids.ForEach(pid => Signals.Send(pid, Signals.Stop));
        try
        {
            var watch = Stopwatch.StartNew();
            var answers = await Task.WhenAll(
                clients.Select(client => client.Query("select pg_backend_pid()")));
            foreach (var answer in answers)
            {
                Assert.Null(answer.Error);
                Assert.DoesNotContain(int.Parse(answer.Scalar!, CultureInfo.InvariantCulture), pids);
            }
            Assert.InRange(watch.Elapsed.TotalSeconds, 0, 18);
        }
        finally
        {
            pids.ForEach(pid => Signals.Send(pid, Signals.Continue));
        }
        await Eventually.Holds(async () => await ground.Server.Execute(
            $"select count(*) from pg_stat_activity where pid in ({string.Join(',', pids)})") is 0L);
    }

    [Fact]
    public async Task A_server_that_is_alive_is_lent_again_after_any_silence()
    {
        await using var sento = await OwnProxy.Start(ground.Server.Port, "MaxConnections: 1");
        await using var client = await ScriptedClient.Open(sento.Door());
        var pid = (await client.Query("select pg_backend_pid()")).Scalar;
        await ground.Server.Execute("select pg_sleep(2.5)");
        Assert.Equal(pid, (await client.Query("select pg_backend_pid()")).Scalar);
    }
}
