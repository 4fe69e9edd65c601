using Sento.Load.Contenders;

namespace Sento.Load;

/// <summary>A stage with the contenders on it; one command of the bench owns it.</summary>
/// <param name="scale">pgbench's scale of the database.</param>
internal sealed class Bench(Interruption interruption, Lineup.Choice choice, int scale = 1) : IDisposable
{
    private Lineup? _lineup;

    public Stage Stage { get; } = new(interruption, Programs.FromEnvironment(), scale);

    public Lineup Lineup => _lineup ??= Lineup.Of(Stage, Programs.FromEnvironment(), choice);

    public void Dispose()
    {
        _lineup?.Dispose();
        Stage.Dispose();
    }
}
