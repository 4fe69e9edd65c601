using System.Diagnostics;

namespace Sento.DataPlane.Metrics;

/// <summary>What the process itself uses.</summary>
internal static class ProcessMetrics
{
    public static void Write(PrometheusText text)
    {
        using var process = Process.GetCurrentProcess();
        text.Single("ProcessCpuSeconds", "counter", "CPU time used, user and system.",
            process.TotalProcessorTime.TotalSeconds);
        text.Single("ProcessResidentMemoryBytes", "gauge", "Resident memory.", process.WorkingSet64);
        text.Single("ProcessManagedHeapBytes", "gauge", "Managed heap in use.", GC.GetTotalMemory(false));
        text.Single("ProcessGarbageCollections", "counter", "Garbage collections of any generation.",
            GC.CollectionCount(0));
        text.Single("ProcessStartTimeSeconds", "gauge", "Start of the process, Unix time.",
            new DateTimeOffset(process.StartTime).ToUnixTimeSeconds());
    }
}
