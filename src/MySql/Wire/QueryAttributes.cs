namespace Sento.MySql.Wire;

/// <summary>
/// What stands before a statement's text where query attributes are agreed on: lenenc count, lenenc sets
/// (1), and for a count above 0: bitmap of NULLs, 1, for each int&lt;2&gt; type and lenenc name, then the
/// values. MySQL Internals, COM_QUERY.
/// </summary>
internal static class QueryAttributes
{
    /// <summary>The text alone; empty: it can't be found.</summary>
    public static ReadOnlySpan<byte> TextOf(ReadOnlySpan<byte> argument)
    {
        var reader = new PacketReader(argument);
        var count = reader.ReadLength();
        reader.ReadLength();
        if (count == 0)
            return reader.ReadRest();
        if (count > 1024)
            return default;
        var nulls = reader.ReadBytes(((int)count + 7) / 8);
        if (reader.ReadByte() != 1)
            return default;
        Span<ushort> types = stackalloc ushort[(int)count];
        foreach (ref var type in types)
        {
            type = reader.ReadInt16();
            reader.ReadText();
        }
        for (var i = 0; i < types.Length; i++)
        {
            if ((nulls[i >> 3] >> (i & 7) & 1) == 0 && !SkipValue(ref reader, (byte)types[i]))
                return default;
        }
        return reader.ReadRest();
    }

    private static bool SkipValue(ref PacketReader reader, byte type)
    {
        switch (type)
        {
            case 0x06:
                return true;
            case 0x01:
                reader.ReadByte();
                return true;
            case 0x02 or 0x0d:
                reader.ReadBytes(2);
                return true;
            case 0x03 or 0x04 or 0x09:
                reader.ReadBytes(4);
                return true;
            case 0x05 or 0x08:
                reader.ReadBytes(8);
                return true;
            case 0x07 or 0x0a or 0x0b or 0x0c:
                reader.ReadBytes(reader.ReadByte());
                return true;
            case 0x00 or 0x0f or 0x10 or (>= 0xf5 and <= 0xff):
                reader.ReadText();
                return true;
            default:
                return false;
        }
    }
}
