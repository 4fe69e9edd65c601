namespace Sento.Tests.Isolation;

/// <summary>Leaves out of a script whatever the difference does not need.</summary>
/// <param name="differs">Whether a script, performed both ways, still differs.</param>
/// <param name="deadline">When to be content with what has been reached.</param>
public sealed class Shrinker(Func<Script, Task<bool>> differs, DateTime deadline)
{
    public async Task<Script> Shrink(Script script)
    {
        var before = int.MaxValue;
        while (Size(script) < before && DateTime.UtcNow < deadline)
        {
            before = Size(script);
            script = await WithoutSteps(script);
            script = await WithoutPieces(script);
            script = await WithoutParameters(script);
        }
        return script;
    }

    private static int Size(Script script) =>
        script.Steps.Sum(s => 1 + s.Pieces.Count) + script.Clients.Sum(c => c.Parameters.Count);

    private async Task<Script> WithoutSteps(Script script) => script with
    {
        Steps = await Halves.LeftOut(script.Steps, fewer => Try(script with { Steps = fewer })),
    };

    private async Task<Script> WithoutPieces(Script script)
    {
        for (var i = script.Steps.Count - 1; i >= 0; i--)
        {
            for (var j = script.Steps[i].Pieces.Count - 1; j >= 0 && script.Steps[i].Pieces.Count > 1; j--)
            {
                var pieces = script.Steps[i].Pieces.Where((_, index) => index != j).ToList();
                var fewer = script with { Steps = Replace(script.Steps, i, script.Steps[i] with { Pieces = pieces }) };
                script = await Try(fewer) ? fewer : script;
            }
        }
        return script;
    }

    private async Task<Script> WithoutParameters(Script script)
    {
        for (var i = 0; i < script.Clients.Count; i++)
        {
            if (script.Clients[i].Parameters.Count == 0)
                continue;
            var fewer = script with { Clients = Replace(script.Clients, i, script.Clients[i] with { Parameters = [] }) };
            script = await Try(fewer) ? fewer : script;
        }
        return script;
    }

    private async Task<bool> Try(Script script) => DateTime.UtcNow < deadline && await differs(script);

    private static List<T> Replace<T>(IReadOnlyList<T> list, int index, T item) =>
        [.. list.Select((old, i) => i == index ? item : old)];
}
