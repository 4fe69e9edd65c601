using System.Security.Cryptography;

namespace Sento.Base;

/// <summary>
/// Random bytes for secrets of short life, such as nonces and keys of cancel requests: drawn from the
/// system's generator in larger pieces, because each draw costs microseconds and system calls.
/// </summary>
/// <remarks>Thread-safe: each thread has a piece of its own. What was given out is wiped from it.</remarks>
public static class RandomBytes
{
    private const int PieceBytes = 1024;

    [ThreadStatic]
    private static byte[]? _piece;

    [ThreadStatic]
    private static int _used;

    public static byte[] Next(int count)
    {
        var bytes = new byte[count];
        Fill(bytes);
        return bytes;
    }

    /// <param name="bytes">More than fits a piece is drawn for itself.</param>
    public static void Fill(Span<byte> bytes)
    {
        if (bytes.Length > PieceBytes)
        {
            RandomNumberGenerator.Fill(bytes);
            return;
        }
        if (_piece is null || PieceBytes - _used < bytes.Length)
        {
            RandomNumberGenerator.Fill(_piece ??= new byte[PieceBytes]);
            _used = 0;
        }
        var given = _piece.AsSpan(_used, bytes.Length);
        given.CopyTo(bytes);
        CryptographicOperations.ZeroMemory(given);
        _used += bytes.Length;
    }
}
