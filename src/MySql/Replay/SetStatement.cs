using Sento.Base;

namespace Sento.MySql.Replay;

/// <summary>Builds the one SET that leads a server connection from one state to another.</summary>
internal static class SetStatement
{
    /// <summary>Appends the assignments; nothing where the variables are the same.</summary>
    /// <returns>False: nothing was appended.</returns>
    public static bool Append(ByteBuffer sql, StateSet from, StateSet to)
    {
        var start = sql.Length;
        foreach (var (name, _) in from.Items)
        {
            if (IsVariable(name) && !to.TryGet(name, out _))
                Assign(sql, name, "DEFAULT", start);
        }
        foreach (var (name, value) in to.Items)
        {
            if (IsVariable(name) && !(from.TryGet(name, out var old) && old == value))
                Assign(sql, name, value, start, isLiteral: true);
        }
        return sql.Length > start;
    }

    /// <summary>Its value can stand in a SET of ours; else only its own connection has it.</summary>
    public static bool CanCarry(ReadOnlySpan<byte> value)
    {
        foreach (var c in value)
        {
            if (c is < 0x20 or > 0x7e or (byte)'\'' or (byte)'\\')
                return false;
        }
        return true;
    }

    // collation_connection brings its character set with it.
    private static bool IsVariable(string name) => name[0] != ' ' && name != StateNames.CharsetConnection;

    private static void Assign(ByteBuffer sql, string name, string value, int start, bool isLiteral = false)
    {
        if (sql.Length > start)
            sql.WriteByte((byte)',');
        sql.Write("@@session."u8);
        Latin(sql, name);
        sql.WriteByte((byte)'=');
        if (!isLiteral || IsNumber(value))
            Latin(sql, value);
        else if (value.Length == 0 && name == StateNames.CharsetResults)
            sql.Write("NULL"u8);
        else
            Quoted(sql, value);
    }

    private static void Quoted(ByteBuffer sql, string value)
    {
        sql.WriteByte((byte)'\'');
        Latin(sql, value);
        sql.WriteByte((byte)'\'');
    }

    private static void Latin(ByteBuffer sql, string text)
    {
        foreach (var c in text)
            sql.WriteByte((byte)c);
    }

    private static bool IsNumber(string value)
    {
        var digits = 0;
        for (var i = 0; i < value.Length; i++)
        {
            if (char.IsAsciiDigit(value[i])) digits++;
            else if (!(value[i] == '.' || (i == 0 && value[i] == '-'))) return false;
        }
        return digits > 0;
    }
}
