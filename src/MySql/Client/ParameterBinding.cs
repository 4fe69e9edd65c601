using Sento.MySql.Wire;

namespace Sento.MySql.Client;

/// <summary>
/// Where the types of the parameters are in COM_STMT_EXECUTE: int&lt;4&gt; number, int&lt;1&gt; flags,
/// int&lt;4&gt; 1, [lenenc count], bitmap of NULLs, int&lt;1&gt; whether types follow, types. MySQL
/// Internals, COM_STMT_EXECUTE.
/// </summary>
internal readonly ref struct ParameterBinding
{
    private const int CountAvailable = 8;
    private const int CursorKinds = 7;
    private const int FlagsOffset = 5;
    private const int PrefixBytesMax = 160 * 1024;

    /// <summary>More bytes are needed to tell.</summary>
    public bool IsIncomplete { get; private init; }

    public bool HasParameters { get; private init; }

    /// <summary>Of the byte that says whether types follow, from the payload's start.</summary>
    public int FlagOffset { get; private init; }

    /// <summary>Empty: they don't follow.</summary>
    public ReadOnlySpan<byte> Types { get; private init; }

    /// <param name="payload">What has arrived of it, the command's code first.</param>
    public static ParameterBinding Read(ReadOnlySpan<byte> payload, int parameterCount, bool hasAttributes)
    {
        const int fixedBytes = 10;
        if (payload.Length < fixedBytes)
            return new ParameterBinding { IsIncomplete = true };
        var flags = payload[FlagsOffset];
        var count = parameterCount;
        var position = fixedBytes;
        if (hasAttributes && (parameterCount > 0 || (flags & CountAvailable) != 0))
        {
            if (!TryReadCount(payload[position..], out count, out var countBytes))
                return new ParameterBinding { IsIncomplete = true };
            position += countBytes;
        }
        if (count == 0)
            return default;
        position += (count + 7) / 8;
        if (payload.Length <= position)
            return new ParameterBinding { IsIncomplete = true };
        if (payload[position] == 0)
            return new ParameterBinding { HasParameters = true, FlagOffset = position };
        var end = EndOfTypes(payload, position + 1, count, hasAttributes);
        return end < 0 ? new ParameterBinding { IsIncomplete = true } : new ParameterBinding
        {
            HasParameters = true,
            FlagOffset = position,
            Types = payload[(position + 1)..end],
        };
    }

    /// <summary>Whether the execution opens a cursor; false where that has not arrived.</summary>
    public static bool OpensCursor(ReadOnlySpan<byte> payload) =>
        payload.Length > FlagsOffset && (payload[FlagsOffset] & CursorKinds) != 0;

    /// <returns>0: wait for more of it.</returns>
    /// <exception cref="Base.ProtocolViolation">No more will tell.</exception>
    public static int AwaitMore(ReadOnlySpan<byte> window, PacketHeader header)
    {
        if (window.Length >= header.TotalBytes || window.Length > PrefixBytesMax)
            throw new Base.ProtocolViolation(
                "malformed packet: the parameters of a statement can't be read");
        return 0;
    }

    private static int EndOfTypes(ReadOnlySpan<byte> payload, int position, int count, bool hasNames)
    {
        if (!hasNames)
            return position + 2 * count <= payload.Length ? position + 2 * count : -1;
        for (var i = 0; i < count; i++)
        {
            position += 2;
            if (position >= payload.Length || !TryReadCount(payload[position..], out var length,
                out var bytes))
                return -1;
            position += bytes + length;
        }
        return position <= payload.Length ? position : -1;
    }

    private static bool TryReadCount(ReadOnlySpan<byte> from, out int count, out int bytes)
    {
        count = 0;
        bytes = 1;
        if (from.IsEmpty)
            return false;
        if (from[0] < 0xfb)
        {
            count = from[0];
            return true;
        }
        bytes = 3;
        if (from.Length < bytes)
            return false;
        count = from[1] | from[2] << 8;
        return from[0] == 0xfc ? true : throw new Base.ProtocolViolation(
            "malformed packet: too many parameters");
    }
}
