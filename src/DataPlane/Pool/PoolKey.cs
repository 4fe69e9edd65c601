namespace Sento.DataPlane.Pool;

/// <summary>What makes server connections interchangeable.</summary>
/// <param name="Variant">
/// Start-up options that can't be set later and so need connections of their own; empty for nearly all.
/// </param>
/// <param name="IsOfOneClient">Nobody else ever gets these connections: they end with their client.</param>
public sealed record PoolKey(
    string Database, string User, string Variant = "", bool IsOfOneClient = false);
