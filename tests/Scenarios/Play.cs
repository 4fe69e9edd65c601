using Sento.Tests.Support.Scripted;

namespace Sento.Tests.Scenarios;

/// <summary>A scenario: runs a play directly, then through the proxy, and wants both to hear the same.</summary>
public abstract class Play(Ground ground)
{
    protected Ground Ground { get; } = ground;

    /// <summary>
    /// Runs the play on each side in a clean database. Assertions inside hold on both sides; the first side is
    /// PostgreSQL itself, so an assertion that fails there is a wrong expectation.
    /// </summary>
    /// <param name="comparesTranscripts">False: the play's own assertions count, not what each side hears.</param>
    protected async Task Compare(Func<Side, Task> play, bool comparesTranscripts = true)
    {
        var direct = await Run("direct", Ground.Direct, play);
        if (Ground.Through is not { } through)
            return;
        var heard = await Run("through Sento", through, play);
        if (comparesTranscripts && direct != heard)
            throw new Xunit.Sdk.XunitException(PlayText.Difference(direct, heard));
    }

    /// <summary>For what only a proxy can do: the play runs through it and needs no other side.</summary>
    protected async Task OnlyThroughSento(Func<Side, Task> play)
    {
        Ground.NeedsProxy();
        await Run("through Sento", Ground.Through!, play);
    }

    private async Task<string> Run(string name, ServerDoor door, Func<Side, Task> play)
    {
        await Ground.Clean();
        await using var side = new Side(name, door);
        try
        {
            await play(side);
        }
        catch (Exception broken)
        {
            var connections = await Ground.Connections();
            throw new Xunit.Sdk.XunitException(
                $"{name}: {broken.Message}\nHeard:\n{side.Transcript}\n{connections}", broken);
        }
        return side.Transcript;
    }
}
