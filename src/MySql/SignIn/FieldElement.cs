using System.Numerics;

namespace Sento.MySql.SignIn;

/// <summary>
/// A number modulo 2^255-19 in five limbs of 51 bits. RFC 8032, Edwards-Curve Digital Signature Algorithm.
/// </summary>
/// <remarks>No branch and no index depends on the number itself.</remarks>
internal readonly struct FieldElement
{
    private const ulong Mask = (1ul << 51) - 1;
    private static readonly BigInteger Prime = BigInteger.Pow(2, 255) - 19;

    private readonly ulong _a, _b, _c, _d, _e;

    private FieldElement(ulong a, ulong b, ulong c, ulong d, ulong e)
    {
        _a = a;
        _b = b;
        _c = c;
        _d = d;
        _e = e;
    }

    public static FieldElement Zero => default;

    public static FieldElement One => new(1, 0, 0, 0, 0);

    /// <summary>Of public constants only.</summary>
    public static FieldElement From(BigInteger number)
    {
        var rest = (number % Prime + Prime) % Prime;
        Span<ulong> limbs = stackalloc ulong[5];
        foreach (ref var limb in limbs)
        {
            limb = (ulong)(rest & Mask);
            rest >>= 51;
        }
        return new FieldElement(limbs[0], limbs[1], limbs[2], limbs[3], limbs[4]);
    }

    /// <summary>1 / number, of public constants only.</summary>
    public static BigInteger InverseOf(BigInteger number) => BigInteger.ModPow(number, Prime - 2, Prime);

    public static FieldElement operator +(in FieldElement x, in FieldElement y) =>
        new(x._a + y._a, x._b + y._b, x._c + y._c, x._d + y._d, x._e + y._e);

    /// <summary>Adds four times the prime first, so that no limb goes below zero.</summary>
    public static FieldElement operator -(in FieldElement x, in FieldElement y) => Carry(
        x._a + 4 * (Mask - 18) - y._a, x._b + 4 * Mask - y._b, x._c + 4 * Mask - y._c,
        x._d + 4 * Mask - y._d, x._e + 4 * Mask - y._e);

    public static FieldElement operator *(in FieldElement x, in FieldElement y)
    {
        ulong b19 = y._b * 19, c19 = y._c * 19, d19 = y._d * 19, e19 = y._e * 19;
        var r0 = Product(x._a, y._a) + Product(x._b, e19) + Product(x._c, d19) + Product(x._d, c19)
            + Product(x._e, b19);
        var r1 = Product(x._a, y._b) + Product(x._b, y._a) + Product(x._c, e19) + Product(x._d, d19)
            + Product(x._e, c19);
        var r2 = Product(x._a, y._c) + Product(x._b, y._b) + Product(x._c, y._a) + Product(x._d, e19)
            + Product(x._e, d19);
        var r3 = Product(x._a, y._d) + Product(x._b, y._c) + Product(x._c, y._b) + Product(x._d, y._a)
            + Product(x._e, e19);
        var r4 = Product(x._a, y._e) + Product(x._b, y._d) + Product(x._c, y._c) + Product(x._d, y._b)
            + Product(x._e, y._a);
        r1 += r0 >> 51;
        r2 += r1 >> 51;
        r3 += r2 >> 51;
        r4 += r3 >> 51;
        var first = ((ulong)r0 & Mask) + 19 * (ulong)(r4 >> 51);
        return new FieldElement(first & Mask, ((ulong)r1 & Mask) + (first >> 51), (ulong)r2 & Mask,
            (ulong)r3 & Mask, (ulong)r4 & Mask);
    }

    /// <summary>Either of two, without a branch.</summary>
    /// <param name="takesSecond">0 or 1.</param>
    public static FieldElement Select(in FieldElement x, in FieldElement y, ulong takesSecond)
    {
        var mask = 0 - takesSecond;
        return new FieldElement(x._a ^ mask & (x._a ^ y._a), x._b ^ mask & (x._b ^ y._b),
            x._c ^ mask & (x._c ^ y._c), x._d ^ mask & (x._d ^ y._d), x._e ^ mask & (x._e ^ y._e));
    }

    /// <summary>To the power of 2^255-21: one divided by it.</summary>
    public FieldElement Invert()
    {
        // The exponent's bits, from the top: 250 ones, then 01011.
        var result = One;
        for (var bit = 254; bit >= 0; bit--)
        {
            result *= result;
            if (bit is not (2 or 4))
                result *= this;
        }
        return result;
    }

    /// <summary>32 bytes, least significant first, fully reduced.</summary>
    public void WriteTo(Span<byte> bytes)
    {
        var x = Carry(_a, _b, _c, _d, _e);
        x = Carry(x._a, x._b, x._c, x._d, x._e);
        // One more than the prime or above shows as a carry out of the top when 19 is added.
        var over = (x._a + 19) >> 51;
        over = (x._b + over) >> 51;
        over = (x._c + over) >> 51;
        over = (x._d + over) >> 51;
        over = (x._e + over) >> 51;
        Span<ulong> limbs = [x._a + 19 * over, x._b, x._c, x._d, x._e];
        for (var i = 0; i < 4; i++)
        {
            limbs[i + 1] += limbs[i] >> 51;
            limbs[i] &= Mask;
        }
        limbs[4] &= Mask;
        UInt128 gathered = 0;
        int bits = 0, limb = 0;
        for (var i = 0; i < 32; i++)
        {
            if (bits < 8 && limb < 5)
            {
                gathered |= (UInt128)limbs[limb++] << bits;
                bits += 51;
            }
            bytes[i] = (byte)gathered;
            gathered >>= 8;
            bits -= 8;
        }
    }

    private static UInt128 Product(ulong x, ulong y) => (UInt128)x * y;

    private static FieldElement Carry(ulong a, ulong b, ulong c, ulong d, ulong e)
    {
        b += a >> 51;
        c += b >> 51;
        d += c >> 51;
        e += d >> 51;
        return new FieldElement(
            (a & Mask) + 19 * (e >> 51), b & Mask, c & Mask, d & Mask, e & Mask);
    }
}
