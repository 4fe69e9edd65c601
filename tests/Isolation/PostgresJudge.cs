using Sento.Tests.Support.Scripted;

namespace Sento.Tests.Isolation;

/// <param name="one">Where the script is heard as it should be: PostgreSQL itself.</param>
/// <param name="two">Where it is to be heard the same.</param>
public sealed class PostgresJudge(Arena arena, ServerDoor one, ServerDoor two) : Judge<Script, Transcript>
{
    protected override Task Clean() => arena.Clean();

    protected override Task<Transcript> Play(Script script, TimeSpan deadline, Transcript? first) =>
        Performer.Perform(script, (first is null ? one : two) with { Deadline = deadline }, first);

    protected override int? FirstDifference(Script script, Transcript first, Transcript second) =>
        Transcript.FirstDifference(script, first, second);

    protected override Task<Script> Shrunk(
        Script script, Func<Script, Task<bool>> stillDoes, DateTime deadline) =>
        new Shrinker(stillDoes, deadline).Shrink(script);
}
