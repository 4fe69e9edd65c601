namespace Sento.MySql.Pinning;

/// <summary>
/// What becomes of the warnings and errors that the statement before has left, where this one has none.
/// </summary>
public enum DiagnosticsFate : byte
{
    /// <summary>They are gone.</summary>
    Replaced,

    /// <summary>The statement reads no table: MariaDB leaves them, MySQL does not.</summary>
    Tableless,

    /// <summary>They stay: the statement shows them.</summary>
    Shown,

    /// <summary>They stay: it is a command without a text.</summary>
    Kept,
}
