namespace Sento.Lab.Measures;

/// <summary>CPU time of the database and of what stands before it, from one moment on.</summary>
/// <param name="database">Its first process now; null: it does not run, or is somebody's.</param>
/// <param name="road">The proxy or the queue's workers; null: there is none.</param>
internal sealed class CpuReading(Func<int?> database, int? road)
{
    private readonly double _road = SecondsOf(road);
    private double _database = -SecondsOf(database());

    /// <summary>Keeps what was used, since the database's processes are about to end.</summary>
    public void Keep() => _database += SecondsOf(database());

    public (double Database, double? Road) Since() =>
        (_database + SecondsOf(database()), road is null ? null : SecondsOf(road) - _road);

    private static double SecondsOf(int? process) =>
        process is { } id ? ProcessFamily.CpuSeconds(id) : 0;
}
