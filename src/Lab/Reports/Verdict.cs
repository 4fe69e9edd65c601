using Sento.Lab.Results;
namespace Sento.Lab.Reports;
/// <summary>The verdict.</summary>
internal sealed class Verdict(RunResult run, Phrases phrases) { public IReadOnlyList<string> Sentences => [$"{run.Arms.Count} {phrases.Language}"]; }
