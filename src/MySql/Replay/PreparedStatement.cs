using Sento.Base;
using Sento.MySql.Pinning;

namespace Sento.MySql.Replay;

/// <summary>
/// A statement by its content: its text and what decides how that is read. Clients' numbers lead here.
/// </summary>
internal sealed class PreparedStatement(
    byte[] text, StateSet shaping, ScanMode mode, StatementTraits traits, int copy = 0)
{
    public byte[] Text { get; } = text;

    /// <summary>0, unless a client has the same text more than once: each has cursors of its own.</summary>
    public int Copy => copy;

    /// <summary>The state that it is prepared under, wherever it is.</summary>
    public StateSet Shaping { get; } = shaping;

    /// <summary>How the text is read.</summary>
    public ScanMode Mode => mode;

    /// <summary>Of its text, and of the code that this brings in, as far as it is known by now.</summary>
    public StatementTraits Traits { get; set; } = traits;

    /// <summary>As the server said when it was prepared last.</summary>
    public int ParameterCount { get; set; }

    /// <summary>
    /// What servers answered when it was prepared last; null: none has, or it was too long to be kept.
    /// </summary>
    public PreparedShape? Shape { get; set; }

    /// <summary>Clients that hold it.</summary>
    internal int Holders;

    internal LinkedListNode<PreparedStatement>? UnheldNode;

    /// <summary>As counted when its last holder left.</summary>
    internal int UnheldBytes;

    public int ByteCount => Text.Length + (Shape?.Definitions.Length ?? 0);
}

/// <summary>The answer to a Prepare without its number.</summary>
/// <param name="Definitions">Packets of parameters and columns as they came, without EOFs.</param>
/// <param name="Generation">Of the tables, as far as changes went through us.</param>
/// <param name="At">When it was true.</param>
internal sealed record PreparedShape(ushort ColumnCount, ushort ParameterCount, ushort Warnings,
    byte[] Definitions,
    long Generation, LoopTime At)
{
    /// <summary>
    /// Tables may change behind our back: after this time the server is asked again. Clients learn of such
    /// a change at the latest when they execute, as they do directly.
    /// </summary>
    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(10);

    public bool IsFresh(LoopTime now, long generation) => Generation == generation && now - At < FreshFor;
}
