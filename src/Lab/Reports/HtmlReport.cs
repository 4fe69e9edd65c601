using Sento.Lab.Results;
namespace Sento.Lab.Reports;
/// <summary>The report.</summary>
internal static class HtmlReport { public static string Write(RunResult run, Phrases phrases) => ""; }
