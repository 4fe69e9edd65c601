using System.Buffers.Binary;

namespace Sento.MySql.Wire;

/// <summary>
/// string&lt;lenenc&gt; catalog, schema, table, original table, name, original name; int&lt;lenenc&gt; 12;
/// int&lt;2&gt; charset; int&lt;4&gt; length; int&lt;1&gt; type; int&lt;2&gt; flags; int&lt;1&gt; decimals;
/// int&lt;2&gt; zero. MySQL Internals, ColumnDefinition41.
/// </summary>
internal static class ColumnDefinition
{
    private const int TailBytes = 12, TypeOffset = 6, FlagsOffset = 7;
    private const byte LongLong = 8;
    private const ushort Unsigned = 32;

    /// <summary>A BIGINT with a sign: as a literal without a point has it.</summary>
    public static bool IsSignedWhole(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < TailBytes)
            return false;
        var tail = payload[^TailBytes..];
        return tail[TypeOffset] == LongLong
            && (BinaryPrimitives.ReadUInt16LittleEndian(tail[FlagsOffset..]) & Unsigned) == 0;
    }
}
