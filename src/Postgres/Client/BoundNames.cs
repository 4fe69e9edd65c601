using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Sento.Postgres.Client;

/// <summary>
/// Names of custom settings among the values of a Bind: where set_config's name is a parameter, nothing else
/// tells which it is, and no view of the server lists them.
/// </summary>
internal static class BoundNames
{
    /// <summary>Bytes of a Bind that are waited for: no name is further in.</summary>
    public const int BytesMax = 64 * 1024;

    private const int NameBytesMax = 128;
    private const int NamesMax = 16;

    private static readonly SearchValues<byte> NameBytes =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$."u8);

    /// <param name="rest">
    /// What follows the names in Bind: Int16 count, Int16 formats, Int16 count, for each value Int32 length
    /// and bytes. It may end early.
    /// </param>
    public static List<string> Find(ReadOnlySpan<byte> rest)
    {
        var names = new List<string>();
        if (!TryTake16(ref rest, out var formats) || rest.Length < formats * 2)
            return names;
        rest = rest[(formats * 2)..];
        if (!TryTake16(ref rest, out var count))
            return names;
        for (; count > 0 && rest.Length >= 4 && names.Count < NamesMax; count--)
        {
            var length = Math.Max(0, BinaryPrimitives.ReadInt32BigEndian(rest));
            rest = rest[4..];
            if (length > rest.Length)
                break;
            if (IsName(rest[..length]))
                names.Add(Encoding.ASCII.GetString(rest[..length]));
            rest = rest[length..];
        }
        return names;
    }

    /// <summary>Words with dots between them.</summary>
    private static bool IsName(ReadOnlySpan<byte> value) =>
        value.Length is > 2 and <= NameBytesMax && value.IndexOf((byte)'.') > 0
        && !char.IsAsciiDigit((char)value[0]) && !value.ContainsAnyExcept(NameBytes);

    private static bool TryTake16(ref ReadOnlySpan<byte> rest, out int value)
    {
        value = 0;
        if (rest.Length < 2)
            return false;
        value = BinaryPrimitives.ReadUInt16BigEndian(rest);
        rest = rest[2..];
        return true;
    }
}
