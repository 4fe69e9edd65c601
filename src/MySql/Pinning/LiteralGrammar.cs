using System.Text;

namespace Sento.MySql.Pinning;

/// <summary>
/// SET @name = literal: a value that can be brought to another connection as it stands. Others are asked for.
/// </summary>
internal static class LiteralGrammar
{
    private const int LiteralsMax = 32;

    /// <summary>
    /// The lexer stands on the variable; leaves it at the assignment's end where it is a literal.
    /// </summary>
    /// <returns>LiteralVariables; AskedVariables: the value is not known; UserVariables: nor is the
    /// name.</returns>
    public static StatementEffects Read(ref Lexer lexer, ref ScannedNames names)
    {
        var name = lexer.Word;
        lexer.Next();
        if (lexer.Is((byte)':'))
            lexer.Next();
        if (!lexer.Is((byte)'='))
            return StatementEffects.UserVariables;
        lexer.Next();
        if (Literal(ref lexer) is not { } literal || !IsEnd(lexer) || !CanFollow(name)
            || names.Literals?.Count >= LiteralsMax)
            return Ask(name, ref names);
        (names.Literals ??= []).Add(KeyValuePair.Create(
            Encoding.ASCII.GetString(name).ToLowerInvariant(), literal));
        return StatementEffects.LiteralVariables;
    }

    /// <summary>A variable whose value the server is asked for when the statement is done.</summary>
    public static StatementEffects Ask(ReadOnlySpan<byte> name, ref ScannedNames names)
    {
        if (!CanFollow(name) || names.Settings?.Count >= LiteralsMax)
            return StatementEffects.UserVariables;
        (names.Settings ??= []).Add("@" + Encoding.ASCII.GetString(name).ToLowerInvariant());
        return StatementEffects.AskedVariables;
    }

    private static bool CanFollow(ReadOnlySpan<byte> name) =>
        !name.IsEmpty && Ascii.IsValid(name) && name.IndexOfAny((byte)'`', (byte)'\\', (byte)'\'') < 0;

    private static bool IsEnd(in Lexer lexer) =>
        lexer.Kind == TokenKind.End || lexer.Is((byte)',') || lexer.Is((byte)';');

    /// <returns>As it goes into a SET, a text with a quote at its start; null: no literal.</returns>
    private static string? Literal(ref Lexer lexer)
    {
        if (lexer.Kind == TokenKind.Text)
        {
            foreach (var c in lexer.Word)
            {
                if (c is < 0x20 or > 0x7e or (byte)'\'' or (byte)'"' or (byte)'\\')
                    return null;
            }
            var text = "'" + Encoding.ASCII.GetString(lexer.Word);
            lexer.Next();
            return text;
        }
        if (lexer.Is("NULL"u8) || lexer.Is("TRUE"u8) || lexer.Is("FALSE"u8))
        {
            var word = Encoding.ASCII.GetString(lexer.Word).ToUpperInvariant();
            lexer.Next();
            return word;
        }
        var sign = "";
        if (lexer.Is((byte)'-'))
        {
            sign = "-";
            lexer.Next();
        }
        return Digits(ref lexer) is not { } whole ? null
            : !lexer.Is((byte)'.') ? sign + whole
            : Fraction(ref lexer) is { } fraction ? $"{sign}{whole}.{fraction}" : null;
    }

    private static string? Fraction(ref Lexer lexer)
    {
        lexer.Next();
        return Digits(ref lexer);
    }

    private static string? Digits(ref Lexer lexer)
    {
        if (lexer.Kind != TokenKind.Word || lexer.Word.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            return null;
        var digits = Encoding.ASCII.GetString(lexer.Word);
        lexer.Next();
        return digits;
    }
}
