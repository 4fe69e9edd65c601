using Sento.Tests.Support.Databases;

namespace Sento.Tests.Isolation.MySql;

/// <summary>
/// The oracle of MySQL and MariaDB: random scenes of several clients, directly and through the proxy, must
/// hear the same.
/// </summary>
/// <remarks>What a person may ask for: see <see cref="Series{TScript}"/>.</remarks>
public sealed class MySqlIsolationTests(MySqlGround ground, ITestOutputHelper output)
    : IClassFixture<MySqlGround>
{
    private const int DefaultScenes = 600;

    [Theory]
    [InlineData(MySqlKind.MariaDb)]
    [InlineData(MySqlKind.MySql)]
    public Task Random_scenes_hear_the_same_through_the_proxy(MySqlKind kind) => ForEachScene(
        kind, Asked.Scripts(DefaultScenes),
        stage => new Critic(stage, ground.Direct(kind), ground.Through(kind)).Judged);

    [Theory]
    [InlineData(MySqlKind.MariaDb)]
    [InlineData(MySqlKind.MySql)]
    public Task Random_scenes_hear_the_same_directly_each_time(MySqlKind kind) => ForEachScene(
        kind, Math.Min(Asked.Scripts(40), 1000),
        stage => new Critic(stage, ground.Direct(kind), ground.Direct(kind)).Judged);

    [Theory]
    [InlineData(MySqlKind.MariaDb)]
    [InlineData(MySqlKind.MySql)]
    public async Task A_proxy_that_lets_state_through_is_noticed(MySqlKind kind)
    {
        const int count = 20;
        await using var stage = await ground.OpenStage(kind, "leaks");
        var noticed = 0;
        for (var seed = 1; seed <= count; seed++)
        {
            var scene = Writer.Write(seed, kind == MySqlKind.MariaDb);
            await stage.Clean();
            var own = await Director.Play(scene, ground.Direct(kind), stage.Name);
            await stage.Clean();
            var shared = await Director.Play(scene, ground.Direct(kind), stage.Name, isShared: true);
            var pairs = own.Heard.Skip(scene.Clients.Count).Zip(shared.Heard.Skip(1));
            if (pairs.Any(pair => pair.First != pair.Second))
                noticed++;
        }
        output.WriteLine($"{noticed} of {count} scenes notice that their clients share one connection.");
        Assert.True(noticed >= count * 9 / 10, $"Only {noticed} of {count} scenes notice a leak.");
    }

    private Task ForEachScene(
        MySqlKind kind, int count, Func<Stage, Func<Scene, Task<string?>>> criticOf)
    {
        var series = new Series<Scene>(7_000_000, workers: 2, TimeSpan.FromSeconds(12),
            seed => Writer.Write(seed, kind == MySqlKind.MariaDb), output);
        return series.Judge(
            count, worker => ground.OpenStage(kind, $"stage{worker}"), criticOf, () => ground.LogOf(kind));
    }
}
