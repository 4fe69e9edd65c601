namespace Sento.Postgres.Pinning;

/// <summary>What a statement does with a prepared statement's name.</summary>
public enum PreparedNameUseKind
{
    Prepare,
    Execute,
    Deallocate,

    /// <summary>DEALLOCATE ALL; the name is empty, its place is that of the word ALL.</summary>
    DeallocateAll,
}

/// <summary>One use of a prepared statement's name in SQL, with the places that a rewrite needs.</summary>
/// <param name="Name">
/// As PostgreSQL keeps it: folded to lower case unless quoted, at most 63 bytes. Each char is one byte of the
/// text (Latin-1), whatever the encoding, so that no two names become one.
/// </param>
/// <param name="NameRange">The name in the text, its quotes included.</param>
public readonly record struct PreparedNameUse(PreparedNameUseKind Kind, string Name, TextRange NameRange)
{
    /// <summary>
    /// The statement in a text of several: first byte to last, without comments around or semicolon.
    /// </summary>
    public TextRange Statement { get; init; }

    /// <summary>PREPARE name (types) AS …: what stands between the parentheses; empty without them.</summary>
    public TextRange Types { get; init; }

    /// <summary>PREPARE name AS body: the body, up to the statement's end.</summary>
    public TextRange Body { get; init; }
}
