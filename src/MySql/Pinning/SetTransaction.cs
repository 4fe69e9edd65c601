namespace Sento.MySql.Pinning;

/// <summary>
/// SET TRANSACTION characteristic [, characteristic]: ISOLATION LEVEL …, READ WRITE, READ ONLY. Pure.
/// </summary>
internal static class SetTransaction
{
    /// <returns>False: anything else, also what only a newer server could understand.</returns>
    public static bool TryRead(
        ReadOnlySpan<byte> text, ScanMode mode, out string? isolation, out string? access)
    {
        isolation = access = null;
        var lexer = new Lexer(text, mode);
        lexer.Next();
        if (!Take(ref lexer, "SET"u8) || !Take(ref lexer, "TRANSACTION"u8))
            return false;
        while (true)
        {
            // Each at most once, as servers want it.
            if (lexer.Is("ISOLATION"u8) && isolation is null)
                isolation = Isolation(ref lexer);
            else if (lexer.Is("READ"u8) && access is null)
                access = Access(ref lexer);
            else
                return false;
            if (!lexer.Is((byte)','))
                break;
            lexer.Next();
        }
        if (lexer.Is((byte)';'))
            lexer.Next();
        return lexer.Kind == TokenKind.End && (isolation ?? access) is not null
            && isolation != "" && access != "";
    }

    /// <returns>Empty: none that is known.</returns>
    private static string Isolation(ref Lexer lexer)
    {
        if (!Take(ref lexer, "ISOLATION"u8) || !Take(ref lexer, "LEVEL"u8))
            return "";
        if (Take(ref lexer, "SERIALIZABLE"u8))
            return "SERIALIZABLE";
        if (Take(ref lexer, "REPEATABLE"u8))
            return Take(ref lexer, "READ"u8) ? "REPEATABLE READ" : "";
        if (!Take(ref lexer, "READ"u8))
            return "";
        return Take(ref lexer, "COMMITTED"u8) ? "READ COMMITTED"
            : Take(ref lexer, "UNCOMMITTED"u8) ? "READ UNCOMMITTED" : "";
    }

    private static string Access(ref Lexer lexer)
    {
        lexer.Next();
        return Take(ref lexer, "ONLY"u8) ? "READ ONLY" : Take(ref lexer, "WRITE"u8) ? "READ WRITE" : "";
    }

    private static bool Take(ref Lexer lexer, ReadOnlySpan<byte> word)
    {
        if (!lexer.Is(word))
            return false;
        lexer.Next();
        return true;
    }
}
