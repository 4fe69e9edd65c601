using Sento.Lab.Results;
namespace Sento.Lab.Reports;
/// <summary>The picture.</summary>
internal static class ConnectionsPicture { public static string Write(RunResult run, Phrases phrases) => ""; }
