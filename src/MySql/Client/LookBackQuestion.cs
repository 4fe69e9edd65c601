using System.Buffers.Text;
using System.Text;
using Sento.MySql.Pinning;

namespace Sento.MySql.Client;

internal enum LookBackKind { RowCount, FoundRows, Warnings, Errors, WarningCount, ErrorCount }

/// <summary>A text that asks one thing of the statement before, and nothing else.</summary>
/// <param name="Name">Of the one column that answers it, as the client wrote it.</param>
/// <param name="Offset">Rows to leave out; with <paramref name="Limit"/> of SHOW WARNINGS and SHOW
/// ERRORS.</param>
internal sealed record LookBackQuestion(LookBackKind Kind, string Name, int Offset = 0,
    int Limit = int.MaxValue)
{
    /// <summary>What it makes of the warnings that it may ask for.</summary>
    public DiagnosticsFate Fate { get; private init; } = DiagnosticsFate.Tableless;

    /// <returns>Null: it asks for more, or something else.</returns>
    public static LookBackQuestion? Read(ReadOnlySpan<byte> text)
    {
        var lexer = new Lexer(text, ScanMode.None);
        lexer.Next();
        var isShow = lexer.Is("SHOW"u8);
        if (!isShow && !lexer.Is("SELECT"u8))
            return null;
        lexer.Next();
        var question = isShow ? Show(ref lexer) : Select(ref lexer);
        if (lexer.Is((byte)';'))
            lexer.Next();
        return lexer.Kind != TokenKind.End || question is null ? null
            : isShow ? question with { Fate = DiagnosticsFate.Shown } : question;
    }

    private static LookBackQuestion? Select(ref Lexer lexer)
    {
        if (lexer.Kind == TokenKind.SystemVariable)
            return Variable(ref lexer);
        if (!lexer.Is("ROW_COUNT"u8) && !lexer.Is("FOUND_ROWS"u8))
            return null;
        var kind = lexer.Is("ROW_COUNT"u8) ? LookBackKind.RowCount : LookBackKind.FoundRows;
        var name = Encoding.Latin1.GetString(lexer.Word) + "()";
        return Take(ref lexer, (byte)'(') && Take(ref lexer, (byte)')') ? Named(ref lexer, kind, name)
            : null;
    }

    private static LookBackQuestion? Variable(ref Lexer lexer)
    {
        var name = Encoding.Latin1.GetString(lexer.Word);
        var variable = name.ToUpperInvariant();
        if (variable.StartsWith("SESSION.", StringComparison.Ordinal))
            variable = variable["SESSION.".Length..];
        return variable == "WARNING_COUNT" ? Named(ref lexer, LookBackKind.WarningCount, "@@" + name)
            : variable == "ERROR_COUNT" ? Named(ref lexer, LookBackKind.ErrorCount, "@@" + name) : null;
    }

    /// <summary>[AS name]: so the column is called then.</summary>
    private static LookBackQuestion? Named(ref Lexer lexer, LookBackKind kind, string name)
    {
        lexer.Next();
        if (!lexer.Is("AS"u8))
            return new LookBackQuestion(kind, name);
        lexer.Next();
        return lexer.Kind is TokenKind.Word or TokenKind.QuotedName or TokenKind.Text
            && Ascii.IsValid(lexer.Word) && lexer.Word.IndexOfAny("\\'\"`"u8) < 0
            ? Behind(ref lexer, kind, Encoding.ASCII.GetString(lexer.Word)) : null;
    }

    private static LookBackQuestion? Show(ref Lexer lexer)
    {
        if (lexer.Is("COUNT"u8))
        {
            if (!Take(ref lexer, (byte)'(') || !Take(ref lexer, (byte)'*') || !Take(ref lexer, (byte)')'))
                return null;
            lexer.Next();
            return lexer.Is("WARNINGS"u8) ? Behind(ref lexer, LookBackKind.WarningCount,
                "@@session.warning_count")
                : lexer.Is("ERRORS"u8) ? Behind(ref lexer, LookBackKind.ErrorCount, "@@session.error_count")
                    : null;
        }
        if (!lexer.Is("WARNINGS"u8) && !lexer.Is("ERRORS"u8))
            return null;
        var kind = lexer.Is("WARNINGS"u8) ? LookBackKind.Warnings : LookBackKind.Errors;
        lexer.Next();
        if (!lexer.Is("LIMIT"u8))
            return new LookBackQuestion(kind, "");
        if (!Number(ref lexer, out var limit))
            return null;
        lexer.Next();
        if (!lexer.Is((byte)','))
            return new LookBackQuestion(kind, "", 0, limit);
        return Number(ref lexer, out var second) ? Behind(ref lexer, kind, "") is { } question
            ? question with { Offset = limit, Limit = second } : null : null;
    }

    private static LookBackQuestion Behind(ref Lexer lexer, LookBackKind kind, string name)
    {
        lexer.Next();
        return new LookBackQuestion(kind, name);
    }

    private static bool Take(ref Lexer lexer, byte symbol)
    {
        lexer.Next();
        return lexer.Is(symbol);
    }

    private static bool Number(ref Lexer lexer, out int number)
    {
        number = 0;
        lexer.Next();
        return lexer.Kind == TokenKind.Word && Utf8Parser.TryParse(lexer.Word, out number, out var length)
            && length == lexer.Word.Length;
    }
}
