using System.Text;

namespace Sento.Tests.Support.Scripted;

/// <summary>The canonical text of each message of a server.</summary>
/// <remarks>
/// Left out of the full text, because it differs between two honest runs: process ids and secrets (BackendKeyData,
/// NotificationResponse), the object id of a column's table (only whether it has one), object ids of types made by
/// users, and an error's File, Line and Routine. The short text of an error is its SQLSTATE alone, that of a column
/// its name and type.
/// </remarks>
internal static class MessageText
{
    private const int FirstUserObjectId = 16384;

    public static string Of(ServerMessage message, bool isFull)
    {
        try
        {
            return Write(message, isFull);
        }
        catch (FormatException broken)
        {
            return $"{message.Code}(broken: {broken.Message})";
        }
    }

    private static string Write(ServerMessage message, bool isFull)
    {
        var body = new BodyReader(message.Body.Span);
        return message.Code switch
        {
            'R' => $"R({Authentication(ref body)})",
            'S' => $"S({body.Text()}={body.Text()})",
            'K' => $"K({message.Body.Length - 4})",
            'Z' => $"Z({(char)body.Byte()})",
            'T' => $"T({Columns(ref body, isFull)})",
            't' => $"t({Types(ref body)})",
            'D' => $"D({string.Join('|', message.Row().Select(Value))})",
            'C' => $"C({body.Text()})",
            'E' or 'N' => isFull ? $"{message.Code}({Fields(ref body)})" : $"{message.Code}({message.SqlState})",
            'A' => Notification(ref body),
            'G' or 'H' or 'W' => $"{message.Code}({Copy(ref body)})",
            'd' => $"d({BodyReader.Printable(message.Body.Span)})",
            'V' => $"V({FunctionResult(ref body)})",
            'v' => $"v({Negotiation(ref body)})",
            _ => message.Body.IsEmpty
                ? $"{message.Code}"
                : $"{message.Code}({Convert.ToHexStringLower(message.Body.Span)})",
        };
    }

    private static string Authentication(ref BodyReader body) => body.Int32() switch
    {
        0 => "ok",
        3 => "cleartext",
        5 => "md5",
        10 => "sasl:" + BodyReader.Printable(body.Take(body.Left)).Replace("\\x00", " ").TrimEnd(),
        11 => "sasl-continue",
        12 => "sasl-final",
        var other => $"{other}",
    };

    private static string Columns(ref BodyReader body, bool isFull)
    {
        var columns = new string[(ushort)body.Int16()];
        for (var i = 0; i < columns.Length; i++)
        {
            var name = body.Text();
            var table = body.Int32();
            var position = body.Int16();
            var type = body.Int32();
            var size = body.Int16();
            var modifier = body.Int32();
            var format = body.Int16();
            columns[i] = $"{name}:{TypeName(type)}" + (format == 0 ? "" : $"/{format}");
            if (isFull)
                columns[i] += $",{size},{modifier}" + (table == 0 ? "" : $",@{position}");
        }
        return string.Join('|', columns);
    }

    private static string Types(ref BodyReader body)
    {
        var types = new string[(ushort)body.Int16()];
        for (var i = 0; i < types.Length; i++)
            types[i] = TypeName(body.Int32());
        return string.Join(',', types);
    }

    private static string TypeName(int type) => type is < 0 or >= FirstUserObjectId ? "user" : $"{type}";

    /// <summary>NULL is ~; what would read as a separator or as NULL is escaped.</summary>
    private static string Value(string? value) => value switch
    {
        null => "~",
        _ => value.Replace("|", "\\x7c").Replace("~", "\\x7e"),
    };

    private static string Fields(ref BodyReader body)
    {
        var text = new StringBuilder();
        while (!body.IsAtEnd && body.Byte() is var code && code != 0)
        {
            var value = body.Text();
            // The severity comes twice (localised S, fixed V); File, Line and Routine name the server's own source.
            if (code is (byte)'V' or (byte)'F' or (byte)'L' or (byte)'R')
                continue;
            text.Append(text.Length == 0 ? "" : " ").Append((char)code).Append('=').Append(value);
        }
        return text.ToString();
    }

    private static string Notification(ref BodyReader body)
    {
        body.Int32();
        return $"A({body.Text()}={body.Text()})";
    }

    private static string Copy(ref BodyReader body)
    {
        var overall = body.Byte();
        var formats = new string[(ushort)body.Int16()];
        for (var i = 0; i < formats.Length; i++)
            formats[i] = $"{body.Int16()}";
        return $"{overall}:{string.Join(',', formats)}";
    }

    private static string FunctionResult(ref BodyReader body)
    {
        var length = body.Int32();
        return length < 0 ? "~" : BodyReader.Printable(body.Take(length));
    }

    private static string Negotiation(ref BodyReader body)
    {
        var minor = body.Int32() & 0xffff;
        var options = new string[body.Int32()];
        for (var i = 0; i < options.Length; i++)
            options[i] = body.Text();
        return options.Length == 0 ? $"{minor}" : $"{minor}:{string.Join(',', options)}";
    }
}
