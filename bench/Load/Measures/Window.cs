namespace Sento.Load.Measures;

/// <summary>When a measurement began and ended, on the clock that pgbench's log uses too.</summary>
internal sealed record Window(DateTime From, DateTime Until)
{
    public double Seconds => (Until - From).TotalSeconds;
}
