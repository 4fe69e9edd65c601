using System.Buffers.Text;
using Sento.MySql.Pinning;

namespace Sento.MySql.Client;

/// <summary>KILL [HARD | SOFT] [CONNECTION | QUERY] number, alone in its text.</summary>
internal static class KillStatement
{
    public static bool TryRead(ReadOnlySpan<byte> text, out uint target, out bool isQueryOnly)
    {
        target = 0;
        isQueryOnly = false;
        var lexer = new Lexer(text, ScanMode.None);
        lexer.Next();
        if (!lexer.Is("KILL"u8))
            return false;
        lexer.Next();
        if (lexer.Is("HARD"u8) || lexer.Is("SOFT"u8))
            lexer.Next();
        if (lexer.Is("QUERY"u8))
        {
            isQueryOnly = true;
            lexer.Next();
        }
        else if (lexer.Is("CONNECTION"u8))
        {
            lexer.Next();
        }
        if (lexer.Kind != TokenKind.Word || !Utf8Parser.TryParse(lexer.Word, out target, out var length)
            || length != lexer.Word.Length)
            return false;
        lexer.Next();
        if (lexer.Is((byte)';'))
            lexer.Next();
        return lexer.Kind == TokenKind.End;
    }
}
