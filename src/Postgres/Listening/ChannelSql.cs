using System.Text;
using Sento.Base;

namespace Sento.Postgres.Listening;

/// <summary>Texts about channels. A name's chars are its bytes in the connection's client_encoding.</summary>
internal static class ChannelSql
{
    public const string UnlistenAll = "UNLISTEN *";

    public const string Question = "SELECT c FROM pg_catalog.pg_listening_channels() AS c";

    public static byte[] Listen(IEnumerable<string> channels) => ForEach("LISTEN ", channels);

    public static byte[] Unlisten(string channel) => ForEach("UNLISTEN ", [channel]);

    /// <summary>
    /// A mark in the order of notifications: who listens to the fence hears it between what was committed
    /// before and what was committed after.
    /// </summary>
    public static byte[] Mark(string fence, string token)
    {
        var sql = new ByteBuffer(128);
        Append(sql, "LISTEN ", fence);
        Append(sql, "NOTIFY ", fence);
        sql.Truncate(sql.Length - 1);
        sql.Write(Encoding.ASCII.GetBytes($",'{token}'"));
        return sql.Written.ToArray();
    }

    /// <summary>
    /// Turns a client's server connection into one that only listens: nothing of the client's settings stays,
    /// what it listens to does. In one transaction, inside which the server sends no notification.
    /// </summary>
    public static byte[] Adopt(string fence, string encoding)
    {
        var sql = new ByteBuffer(512);
        sql.Write("SET SESSION AUTHORIZATION DEFAULT;RESET ROLE;RESET ALL;SET client_encoding TO "u8);
        Replay.SettingsSet.AppendLiteral(sql, encoding);
        sql.Write(";SET application_name TO 'sento: notifications';"u8);
        sql.Write("SELECT pg_catalog.set_config(s.name,'0',false) FROM pg_catalog.pg_settings AS s "u8);
        sql.Write("WHERE s.name OPERATOR(pg_catalog.=) ANY "u8);
        sql.Write("(ARRAY['statement_timeout','idle_session_timeout']);"u8);
        Append(sql, "LISTEN ", fence);
        return sql.Written.ToArray();
    }

    private static byte[] ForEach(string verb, IEnumerable<string> channels)
    {
        var sql = new ByteBuffer(128);
        foreach (var channel in channels)
            Append(sql, verb, channel);
        return sql.Written.ToArray();
    }

    private static void Append(ByteBuffer sql, string verb, string channel)
    {
        sql.Write(Encoding.Latin1.GetBytes(verb));
        sql.WriteByte((byte)'"');
        sql.Write(Encoding.Latin1.GetBytes(channel.Replace("\"", "\"\"", StringComparison.Ordinal)));
        sql.Write("\";"u8);
    }
}
