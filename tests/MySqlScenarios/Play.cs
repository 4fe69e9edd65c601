using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Scripted;
using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.MySqlScenarios;

/// <summary>
/// A scenario: runs a play directly, then through the proxy, and wants both to hear the same.
/// </summary>
public abstract class Play(Grounds grounds)
{
    internal const string Direct = "direct";

    protected Grounds Grounds { get; } = grounds;

    /// <summary>
    /// Runs the play on each side in a clean database. Assertions inside hold on both sides; the first side
    /// is the server itself, so an assertion that fails there is a wrong expectation.
    /// </summary>
    /// <param name="comparesTranscripts">False: the play's own assertions count, not what each side
    /// hears.</param>
    protected async Task Compare(MySqlKind on, Func<Side, Task> play, bool comparesTranscripts = true)
    {
        var ground = Grounds.Of(on);
        var direct = await Run(Direct, ground, ground.Direct, play);
        var heard = await Run("through Sento", ground, ground.Through, play);
        if (comparesTranscripts && direct != heard)
            throw new Xunit.Sdk.XunitException(PlayText.Difference(direct, heard));
    }

    /// <summary>For what only a proxy can do: the play runs through it and needs no other side.</summary>
    protected Task OnlyThroughSento(MySqlKind on, Func<Side, Task> play) =>
        Run("through Sento", Grounds.Of(on), Grounds.Of(on).Through, play);

    /// <summary>The same with a proxy of the play's own.</summary>
    protected Task OnlyThrough(MySqlKind on, MySqlDoor door, Func<Side, Task> play) =>
        Run("through Sento", Grounds.Of(on), door, play);

    private static async Task<string> Run(string name, Ground ground, MySqlDoor door, Func<Side, Task> play)
    {
        await ground.Clean();
        await using var side = new Side(name, ground, door);
        try
        {
            await play(side);
        }
        catch (Exception broken)
        {
            throw new Xunit.Sdk.XunitException($"{name}: {broken.Message}\nHeard:\n{side.Transcript}",
                broken);
        }
        return side.Transcript;
    }
}
