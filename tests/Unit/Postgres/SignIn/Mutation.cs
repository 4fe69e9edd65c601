namespace Sento.Tests.Unit.Postgres.SignIn;

/// <summary>One change to a message: a byte replaced, put in, taken out, or the end cut off.</summary>
internal static class Mutation
{
    public static byte[] Of(ReadOnlySpan<byte> message, int at, byte value, int kind)
    {
        at %= message.Length;
        return kind switch
        {
            0 => [.. message[..at], value, .. message[(at + 1)..]],
            1 => [.. message[..at], value, .. message[at..]],
            2 => [.. message[..at], .. message[(at + 1)..]],
            _ => [.. message[..at]],
        };
    }
}
