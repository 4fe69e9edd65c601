using System.Globalization;

namespace Sento.Tests.Support.Scripted.MySql;

/// <summary>Rows and parameters in the binary form. MySQL Internals, Binary Protocol Value.</summary>
internal static class MySqlBinaryRow
{
    public static string?[] Read(byte[] payload, IReadOnlyList<int> types)
    {
        var body = new MySqlBodyReader(payload);
        if (body.Byte() != 0)
            throw new FormatException("A binary row that does not begin with zero.");
        var nulls = body.Take((types.Count + 9) / 8);
        var values = new string?[types.Count];
        for (var i = 0; i < values.Length; i++)
        {
            if ((nulls[(i + 2) >> 3] >> ((i + 2) & 7) & 1) == 0)
                values[i] = Value(ref body, types[i]);
        }
        if (body.Left > 0)
            throw new FormatException($"{body.Left} bytes behind a row.");
        return values;
    }

    private static string Value(ref MySqlBodyReader body, int type) => type switch
    {
        1 => ((sbyte)body.Byte()).ToString(CultureInfo.InvariantCulture),
        2 or 13 => ((short)body.Int16()).ToString(CultureInfo.InvariantCulture),
        3 or 9 => ((int)body.Int32()).ToString(CultureInfo.InvariantCulture),
        4 => BitConverter.UInt32BitsToSingle(body.Int32()).ToString(CultureInfo.InvariantCulture),
        5 => BitConverter.Int64BitsToDouble(body.Int64()).ToString(CultureInfo.InvariantCulture),
        8 => body.Int64().ToString(CultureInfo.InvariantCulture),
        7 or 10 or 11 or 12 => Convert.ToHexStringLower(body.Take(body.Byte())),
        6 => "",
        _ => MySqlReplyReader.Shorten(body.TextBytes()),
    };

    /// <summary>Bitmap of NULLs, whether types follow, types, values.</summary>
    public static void Write(MySqlBytes output, object?[] values, bool sendsTypes, bool hasNames)
    {
        var nulls = new byte[(values.Length + 7) / 8];
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i] is null)
                nulls[i >> 3] |= (byte)(1 << (i & 7));
        }
        output.Raw(nulls).Byte(sendsTypes ? 1 : 0);
        if (sendsTypes)
        {
            foreach (var value in values)
            {
                output.Byte(TypeOf(value)).Byte(0);
                if (hasNames)
                    output.Text("");
            }
        }
        foreach (var value in values)
            Write(output, value);
    }

    private static int TypeOf(object? value) => value switch
    {
        null => 6,
        int => 3,
        long => 8,
        double => 5,
        byte[] or LongData => 252,
        _ => 253,
    };

    private static void Write(MySqlBytes output, object? value)
    {
        switch (value)
        {
            case null or LongData:
                return;
            case int number:
                output.Int(number, 4);
                return;
            case long number:
                output.Int(number, 8);
                return;
            case double number:
                output.Int(BitConverter.DoubleToInt64Bits(number), 8);
                return;
            case byte[] bytes:
                output.Text(bytes);
                return;
            default:
                output.Text((string)value);
                return;
        }
    }
}

/// <summary>A parameter that was sent before its statement is executed.</summary>
public sealed record LongData;
