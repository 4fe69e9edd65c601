using Sento.Base;

namespace Sento.MySql.Replay;

/// <summary>Builds the one SET that leads a server connection from one state to another.</summary>
internal static class SetStatement
{
    /// <summary>Appends the assignments; nothing where the variables are the same.</summary>
    /// <remarks>User variables that only <paramref name="from"/> has stay: only a reset ends them.</remarks>
    /// <returns>False: nothing was appended.</returns>
    public static bool Append(ByteBuffer sql, StateSet from, StateSet to)
    {
        var start = sql.Length;
        NamesAssignment.Append(sql, from, to);
        foreach (var (name, _) in from.Items)
        {
            if (IsOrdinary(name) && !to.TryGet(name, out _))
                Assign(sql, name, Beginning(name), start);
        }
        foreach (var (name, value) in to.Items)
        {
            if (from.TryGet(name, out var old) && old == value)
                continue;
            if (StateNames.IsUserVariable(name))
            {
                Separate(sql, start);
                UserVariable.Assign(sql, name, value);
            }
            else if (IsOrdinary(name))
            {
                Assign(sql, name, value, start, isLiteral: true);
            }
        }
        return sql.Length > start;
    }

    /// <summary>
    /// What a session begins with. MySQL's DEFAULT of these two is off, whatever the server says.
    /// </summary>
    private static string Beginning(string name) =>
        name is "foreign_key_checks" or "unique_checks" ? "@@global." + name : "DEFAULT";

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

    internal static void Latin(ByteBuffer sql, string text)
    {
        foreach (var c in text)
            sql.WriteByte((byte)c);
    }

    private static bool IsOrdinary(string name) => name[0] != ' ' && !NamesAssignment.IsPart(name);

    private static void Separate(ByteBuffer sql, int start)
    {
        if (sql.Length > start)
            sql.WriteByte((byte)',');
    }

    private static void Assign(ByteBuffer sql, string name, string value, int start, bool isLiteral = false)
    {
        Separate(sql, start);
        WriteName(sql, name);
        sql.WriteByte((byte)'=');
        if (!isLiteral || IsNumber(value))
            Latin(sql, value);
        else
            Quoted(sql, value);
    }

    /// <summary>@@session.x, or a user variable.</summary>
    public static void WriteName(ByteBuffer sql, string name)
    {
        if (!StateNames.IsUserVariable(name))
        {
            sql.Write("@@session."u8);
            Latin(sql, name);
            return;
        }
        sql.Write("@`"u8);
        Latin(sql, name[2..]);
        sql.WriteByte((byte)'`');
    }

    private static void Quoted(ByteBuffer sql, string value)
    {
        sql.WriteByte((byte)'\'');
        Latin(sql, value);
        sql.WriteByte((byte)'\'');
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
