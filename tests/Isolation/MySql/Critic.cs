using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.Isolation.MySql;

/// <param name="one">Where a scene is heard as it should be: the server itself.</param>
/// <param name="two">Where it is to be heard the same.</param>
public sealed class Critic(Stage stage, MySqlDoor one, MySqlDoor two) : Judge<Scene, Record>
{
    protected override Task Clean() => stage.Clean();

    protected override Task<Record> Play(Scene scene, TimeSpan deadline, Record? first)
    {
        var door = first is null ? one : two;
        return Director.Play(
            scene, door with { Server = door.Server with { Deadline = deadline } }, stage.Name);
    }

    protected override int? FirstDifference(Scene scene, Record first, Record second) =>
        Record.FirstDifference(first, second);

    protected override Task<Scene> Shrunk(
        Scene scene, Func<Scene, Task<bool>> stillDoes, DateTime deadline) =>
        new Cutter(stillDoes, deadline).Cut(scene);
}
