using System.Numerics;

namespace Sento.MySql.SignIn;

/// <summary>A point of edwards25519 in extended coordinates. RFC 8032, Point Addition.</summary>
internal readonly struct CurvePoint
{
    private static readonly FieldElement DoubleD =
        FieldElement.From(2 * -121665 * FieldElement.InverseOf(121666));

    private readonly FieldElement _x, _y, _z, _t;

    private CurvePoint(in FieldElement x, in FieldElement y, in FieldElement z, in FieldElement t)
    {
        _x = x;
        _y = y;
        _z = z;
        _t = t;
    }

    public static CurvePoint Base { get; } = Affine(
        FieldElement.From(BigInteger.Parse(
            "15112221349535400772501151409588531511454012693041857206046113283949847762202",
            System.Globalization.CultureInfo.InvariantCulture)),
        FieldElement.From(4 * FieldElement.InverseOf(5)));

    private static CurvePoint Neutral =>
        new(FieldElement.Zero, FieldElement.One, FieldElement.One, FieldElement.Zero);

    public CurvePoint Negated => new(FieldElement.Zero - _x, _y, _z, FieldElement.Zero - _t);

    /// <summary>Complete: holds for equal and for neutral points as well.</summary>
    public static CurvePoint operator +(in CurvePoint p, in CurvePoint q)
    {
        var a = (p._y - p._x) * (q._y - q._x);
        var b = (p._y + p._x) * (q._y + q._x);
        var c = p._t * DoubleD * q._t;
        var d = p._z * q._z;
        d += d;
        FieldElement e = b - a, f = d - c, g = d + c, h = b + a;
        return new CurvePoint(e * f, g * h, f * g, e * h);
    }

    /// <param name="scalar">32 bytes, least significant first; the same steps are taken whatever they
    /// are.</param>
    public static CurvePoint operator *(ReadOnlySpan<byte> scalar, in CurvePoint point)
    {
        var result = Neutral;
        for (var bit = 255; bit >= 0; bit--)
        {
            result += result;
            var sum = result + point;
            result = Select(result, sum, (ulong)(scalar[bit >> 3] >> (bit & 7) & 1));
        }
        return result;
    }

    public byte[] Encode()
    {
        var inverse = _z.Invert();
        var bytes = new byte[32];
        Span<byte> x = stackalloc byte[32];
        (_x * inverse).WriteTo(x);
        (_y * inverse).WriteTo(bytes);
        bytes[31] |= (byte)((x[0] & 1) << 7);
        return bytes;
    }

    private static CurvePoint Affine(in FieldElement x, in FieldElement y) =>
        new(x, y, FieldElement.One, x * y);

    private static CurvePoint Select(in CurvePoint p, in CurvePoint q, ulong takesSecond) => new(
        FieldElement.Select(p._x, q._x, takesSecond), FieldElement.Select(p._y, q._y, takesSecond),
        FieldElement.Select(p._z, q._z, takesSecond), FieldElement.Select(p._t, q._t, takesSecond));
}
