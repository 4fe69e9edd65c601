namespace Sento.Load.Measures;

/// <summary>How long one run takes: traffic before the window (not measured), then the window.</summary>
internal sealed record Timing(TimeSpan WarmUp, TimeSpan Window);

/// <summary>When a measurement really began and ended, on the clock that pgbench's log uses too.</summary>
internal sealed record Window(DateTime From, DateTime Until)
{
    public double Seconds => (Until - From).TotalSeconds;
}
