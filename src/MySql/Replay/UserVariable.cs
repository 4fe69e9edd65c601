using Sento.Base;
using Sento.MySql.Wire;

namespace Sento.MySql.Replay;

/// <summary>The value of a user variable as the text that gives it to another connection.</summary>
/// <remarks>
/// NULL has a type as well, that of the value before it: then the text is a value of that type and
/// <see cref="Nulled"/> behind it.
/// </remarks>
internal static class UserVariable
{
    /// <summary>As in a fresh session: SET @a = NULL makes a binary string of it.</summary>
    public const string Null = "_binary''\n";

    private const char Nulled = '\n';

    /// <summary>What MariaDB says of one that never was; of one that was set it says one less.</summary>
    private const uint NeverSetLength = 16_777_216;

    /// <summary>The server has no such variable, and not even its name.</summary>
    public static bool IsUnknown(in ColumnDefinition column, string? value) => value is null
        && (column.Type == ColumnDefinition.VarString
            || column is { Type: ColumnDefinition.LongBlob, Length: NeverSetLength });

    /// <summary>As a server has answered it.</summary>
    /// <param name="charset">Of that collation; null: it is not known.</param>
    /// <returns>Null: no text of ours makes the same value of the same type.</returns>
    public static string? TextOf(
        in ColumnDefinition column, string? value, string collation, string? charset)
    {
        if (column.IsSignedWhole)
            return value ?? "1" + Nulled;
        if (value is not null)
            return null;
        return column.Type switch
        {
            ColumnDefinition.NewDecimal => "1.0" + Nulled,
            ColumnDefinition.Double => "1e0" + Nulled,
            ColumnDefinition.MediumBlob or ColumnDefinition.LongBlob when collation == "binary" => Null,
            ColumnDefinition.MediumBlob or ColumnDefinition.LongBlob when charset is not null =>
                $"_{charset}'' COLLATE `{collation}`{Nulled}",
            _ => null,
        };
    }

    /// <summary>NULL that takes the place of a value keeps its type, and its character set.</summary>
    public static string NullInPlaceOf(string text)
    {
        if (text[^1] == Nulled)
            return text;
        var start = text.IndexOf('\'');
        return start < 0 ? text + Nulled : text[..(start + 1)] + text[text.LastIndexOf('\'')..] + Nulled;
    }

    /// <summary>@`name`=text, or two assignments.</summary>
    public static void Assign(ByteBuffer sql, string name, string text)
    {
        SetStatement.WriteName(sql, name);
        sql.WriteByte((byte)'=');
        if (text[^1] != Nulled)
        {
            SetStatement.Latin(sql, text);
            return;
        }
        SetStatement.Latin(sql, text[..^1]);
        sql.WriteByte((byte)',');
        SetStatement.WriteName(sql, name);
        sql.Write("=NULL"u8);
    }
}
