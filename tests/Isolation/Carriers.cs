using Sento.Tests.Support.Scripted;

namespace Sento.Tests.Isolation;

/// <summary>A statement with its bound values, before it is known how it will be sent.</summary>
public sealed record Sql(string Text, params string?[] Values)
{
    public bool EndsTransaction =>
        Text.StartsWith("rollback", StringComparison.Ordinal) || Text.StartsWith("commit", StringComparison.Ordinal)
        || Text is "abort" or "end";

    /// <summary>It may lead a setting back to where it was at the session's start.</summary>
    public bool MayReset => Text.Contains("reset", StringComparison.OrdinalIgnoreCase)
        || Text.Contains("default", StringComparison.Ordinal)
        || Text.StartsWith("discard", StringComparison.Ordinal)
        || Text.Contains(" none", StringComparison.Ordinal);

    public bool SetsTransaction => Text.StartsWith("set transaction", StringComparison.Ordinal);

    public bool HasValues => Values.Length > 0;

    /// <summary>How the statement is called in a script's text, when it is too long to be shown.</summary>
    public string? Name { get; init; }

    public override string ToString() =>
        Name is not null ? Name : HasValues ? $"{Text} [{string.Join(", ", Values.Select(v => v ?? "NULL"))}]" : Text;

    public static implicit operator Sql(string text) => new(text);
}

/// <summary>
/// The ways of sending statements: simple, several in a string, extended, pipelined, flushed.
/// </summary>
public static class Carriers
{
    /// <summary>
    /// A name that no script prepares: closing it always succeeds, which marks the end of a flushed group.
    /// </summary>
    private const string Marker = "never prepared";

    public static Piece Simple(params Sql[] statements)
    {
        var text = string.Join("; ", statements.Select(s => s.Text));
        var said = string.Join("; ", (IEnumerable<Sql>)statements);
        return new Piece($"Q {said}", ToServer.Query(text), ReadyCount: 1);
    }

    /// <summary>Statements by the unnamed statement, all before one Sync.</summary>
    public static Piece Extended(bool describes, params Sql[] statements) =>
        new($"X{(describes ? "d" : "")} {string.Join(" / ", (IEnumerable<Sql>)statements)}",
            [.. statements.SelectMany(s => Group(s, describes)), .. ToServer.Sync()], ReadyCount: 1);

    /// <summary>Statements that are sent with a Flush; the group stays open until a Sync comes.</summary>
    public static Piece Open(Sql statement) =>
        new($"F {statement}",
            [.. Group(statement, describes: true), .. ToServer.CloseStatement(Marker), .. ToServer.Flush()],
            ReadyCount: 0) { CloseCount = 1 };

    public static Piece Raw(string text, params byte[][] messages) =>
        new(text, [.. messages.SelectMany(m => m), .. ToServer.Sync()], ReadyCount: 1);

    private static byte[] Group(Sql statement, bool describes) =>
    [
        .. ToServer.Parse("", statement.Text),
        .. ToServer.Bind("", "", statement.Values),
        .. describes ? ToServer.DescribePortal("") : [],
        .. ToServer.Execute(),
    ];
}
