using System.Buffers.Binary;
using Sento.Base;

namespace Sento.MySql.Wire;

/// <summary>
/// string&lt;lenenc&gt; catalog, schema, table, original table, name, original name; int&lt;lenenc&gt; 12;
/// int&lt;2&gt; charset; int&lt;4&gt; length; int&lt;1&gt; type; int&lt;2&gt; flags; int&lt;1&gt; decimals;
/// int&lt;2&gt; zero. MySQL Internals, ColumnDefinition41.
/// </summary>
internal readonly record struct ColumnDefinition(ushort Charset, uint Length, byte Type, ushort Flags)
{
    public const byte Double = 5, LongLong = 8, NewDecimal = 246, MediumBlob = 250, LongBlob = 251,
        VarString = 253;

    private const int TailBytes = 12, LengthOffset = 2, TypeOffset = 6, FlagsOffset = 7;
    private const ushort Unsigned = 32;

    /// <summary>A BIGINT with a sign: as a literal without a point has it.</summary>
    public bool IsSignedWhole => Type == LongLong && (Flags & Unsigned) == 0;

    /// <summary>What describes the column's values.</summary>
    public static ColumnDefinition Read(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < TailBytes)
            throw new ProtocolViolation("malformed packet: the definition of a column ends too early");
        var tail = payload[^TailBytes..];
        return new ColumnDefinition(BinaryPrimitives.ReadUInt16LittleEndian(tail),
            BinaryPrimitives.ReadUInt32LittleEndian(tail[LengthOffset..]), tail[TypeOffset],
            BinaryPrimitives.ReadUInt16LittleEndian(tail[FlagsOffset..]));
    }
}
