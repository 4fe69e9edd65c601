namespace Sento.MySql.Pinning;

/// <summary>What a session holds by name.</summary>
public enum HeldKind
{
    TempTable,
    SqlPrepared,
    Handler,
}

/// <summary>A named object that a text takes, or gives up.</summary>
/// <param name="Schema">As the text names it; empty: the session's own.</param>
/// <param name="IsTaken">False: given up.</param>
public readonly record struct HeldObject(HeldKind Kind, string Schema, string Name, bool IsTaken);
