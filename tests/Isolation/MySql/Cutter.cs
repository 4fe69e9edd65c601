namespace Sento.Tests.Isolation.MySql;

/// <summary>Leaves out of a scene whatever the difference does not need.</summary>
/// <param name="differs">Whether a scene, played both ways, still differs.</param>
/// <param name="deadline">When to be content with what has been reached.</param>
public sealed class Cutter(Func<Scene, Task<bool>> differs, DateTime deadline)
{
    public async Task<Scene> Cut(Scene scene)
    {
        var before = int.MaxValue;
        while (scene.Turns.Count < before && DateTime.UtcNow < deadline)
        {
            before = scene.Turns.Count;
            scene = await WithoutTurns(scene);
            scene = await WithUsualClients(scene);
        }
        return scene;
    }

    private async Task<Scene> WithoutTurns(Scene scene) => scene with
    {
        Turns = await Halves.LeftOut(scene.Turns, fewer => Try(scene with { Turns = fewer })),
    };

    private async Task<Scene> WithUsualClients(Scene scene)
    {
        for (var i = 0; i < scene.Clients.Count; i++)
        {
            if (scene.Clients[i] == Beginning.Usual)
                continue;
            var clients = scene.Clients.Select((old, index) => index == i ? Beginning.Usual : old);
            var plainer = scene with { Clients = [.. clients] };
            scene = await Try(plainer) ? plainer : scene;
        }
        return scene;
    }

    private async Task<bool> Try(Scene scene) => DateTime.UtcNow < deadline && await differs(scene);
}
