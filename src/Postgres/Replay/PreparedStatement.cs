using System.Text;
using Sento.Postgres.Pinning;

namespace Sento.Postgres.Replay;

/// <summary>
/// A statement by its content: text and parameter types. Clients' names lead here; servers know it by
/// ours.
/// </summary>
public sealed class PreparedStatement
{
    private readonly int _textBytes;

    internal PreparedStatement(
        byte[] tail, byte[]? sqlTypes, StatementTraits traits, string namePrefix, long id)
    {
        Tail = tail;
        _textBytes = Array.IndexOf(tail, (byte)0);
        SqlTypes = sqlTypes;
        Traits = traits;
        Id = id;
        ServerName = Encoding.ASCII.GetBytes($"{namePrefix}{id}");
        UnnamedTail = tail;
        if (sqlTypes is null && traits is { StatementCount: 1, PreparedNames: [var use] }
            && use.Kind == PreparedNameUseKind.Deallocate && use.NameRange.Length <= NameText.NameBytesMax)
        {
            Deallocates = Encoding.Latin1.GetBytes(use.Name);
            UnnamedTail =
            [
                .. tail[..use.NameRange.Start], .. GoneName(namePrefix),
                .. tail[(use.NameRange.Start + use.NameRange.Length)..],
            ];
        }
    }

    /// <summary>Stands for a statement of which nothing is known, so that it may do anything.</summary>
    public static readonly PreparedStatement Unknown =
        new("DO ''\0\0\0"u8.ToArray(), null, StatementScanner.Scan("DO ''"u8, true), "sento_unknown_", 0);

    public long Id { get; }

    /// <summary>What follows the name in Parse: String text, Int16 count, Int32 types.</summary>
    public byte[] Tail { get; }

    /// <summary>
    /// Made by SQL PREPARE: what stood between the parentheses behind the name; null: made by Parse.
    /// </summary>
    public byte[]? SqlTypes { get; }

    /// <summary>The name that it deallocates, if it does nothing else; null: it does not.</summary>
    public byte[]? Deallocates { get; }

    /// <summary>
    /// The tail with which it is sent as the unnamed statement: DEALLOCATE speaks of a name of ours there.
    /// </summary>
    public byte[] UnnamedTail { get; }

    public StatementTraits Traits { get; }

    /// <summary>What it costs, roughly: its text, and what is needed to find it.</summary>
    public int Bytes => Tail.Length + 400;

    /// <summary>Unguessable, so that no client's name can mean it by accident or on purpose.</summary>
    public byte[] ServerName { get; }

    /// <summary>Clients that hold it under a name or as their unnamed statement.</summary>
    internal int Holders;

    internal StatementRegistry.Key Key;

    /// <summary>One under a name of ours that stands for something.</summary>
    internal static PreparedStatement StandIn(string name, string text = "") =>
        new(Encoding.ASCII.GetBytes($"{text}\0\0\0"), null, StatementTraits.Empty, name, 0);

    internal const string GoneSuffix = "gone";

    private static byte[] GoneName(string namePrefix) =>
        Encoding.ASCII.GetBytes($"{namePrefix}{GoneSuffix}0");

    internal LinkedListNode<PreparedStatement>? UnheldNode;

    public ReadOnlySpan<byte> Text => Tail.AsSpan(0, _textBytes);
}
