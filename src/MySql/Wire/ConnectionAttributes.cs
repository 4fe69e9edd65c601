using System.Text;

namespace Sento.MySql.Wire;

/// <summary>Pairs of lenenc name and lenenc value that a client says of itself at sign-in.</summary>
internal static class ConnectionAttributes
{
    private const int NameBytesMax = 64;

    /// <summary>What the program calls itself, for people; cut, and without what terminals act on.</summary>
    public static string? FindProgram(ReadOnlySpan<byte> attributes)
    {
        var reader = new PacketReader(attributes);
        string? client = null;
        while (reader.Left > 0)
        {
            var name = reader.ReadText();
            var value = reader.ReadText();
            if (name.SequenceEqual("program_name"u8))
                return Clean(value);
            if (name.SequenceEqual("_client_name"u8))
                client = Clean(value);
        }
        return client;
    }

    private static string? Clean(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
            return null;
        var text = Encoding.UTF8.GetString(value[..Math.Min(value.Length, NameBytesMax)]);
        return string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));
    }
}
