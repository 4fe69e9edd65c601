using System.Globalization;
using System.Text;
using Sento.Lab.Results;

namespace Sento.Lab.Reports;

/// <summary>What was seen over time, as CSV.</summary>
internal static class MomentsTable
{
    public static string Write(RunResult run)
    {
        var text = new StringBuilder(
            "round,arm,seconds,client_connections,server_connections,busy,ok,errors,orphans\n");
        foreach (var arm in run.Arms)
        {
            foreach (var moment in arm.Moments)
            {
                text.Append(CultureInfo.InvariantCulture, $"{arm.Round},{arm.Arm.Letter},")
                    .Append(CultureInfo.InvariantCulture, $"{moment.Seconds:0.000},")
                    .Append(CultureInfo.InvariantCulture, $"{moment.Clients},{moment.Servers},{moment.Busy},")
                    .Append(CultureInfo.InvariantCulture, $"{moment.Succeeded},{moment.Failed},")
                    .Append(CultureInfo.InvariantCulture, $"{moment.Orphans}\n");
            }
        }
        return text.ToString();
    }
}
