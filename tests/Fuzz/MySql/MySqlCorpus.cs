using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.Fuzz.MySql;

/// <summary>Honest conversations with every kind of command. None takes long, however spoilt.</summary>
internal static class MySqlCorpus
{
    private const MySqlFlags All = MySqlFlags.Usual | MySqlFlags.ConnectWithDb | MySqlFlags.ConnectAttributes;

    /// <summary>What a client says behind the greeting.</summary>
    public static readonly byte[][] Beginnings =
    [
        Response(All, "mysql_native_password", 20),
        Response(All | MySqlFlags.QueryAttributes, "caching_sha2_password", 32),
        Response(All & ~MySqlFlags.PluginAuthLenenc, "caching_sha2_password", 32),
        Response(All | MySqlFlags.Compress, "mysql_native_password", 20),
        Response(All | MySqlFlags.ZstdCompress, "mysql_clear_password", 7),
        Response(All & ~MySqlFlags.LongPassword, "client_ed25519", 0),
        [
            .. Response(All, "caching_sha2_password", 32), .. MySqlBytes.Packets([2], 3),
            .. MySqlBytes.Packets(new byte[256], 5),
        ],
        // An SSLRequest, then what could be a hello.
        [.. MySqlBytes.Packets(Head(All | MySqlFlags.Ssl), 1), 0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0],
    ];

    /// <summary>What a client says once it is in.</summary>
    public static readonly byte[][] Conversations =
    [
        Query("select 1"), Query("select 1; select 'a', 2; do 0"), Query("nonsense"), Query(""),
        [.. Query("begin"), .. Query("select 2"), .. Query("commit")],
        [.. Query("set @x = 5, sql_mode = 'ANSI'"), .. Query("set names latin1"), .. Query("select @x")],
        [.. Query("show warnings"), .. Query("select row_count(), last_insert_id()")],
        [.. Prepare("select ?, ?"), .. Execute(1), .. Numbered(0x1a, 1), .. Numbered(0x19, 1)],
        [.. Prepare("select 1 union select 2"), .. Execute(1, cursor: 1), .. Fetch(1), .. Fetch(1)],
        [.. Prepare("select ?"), .. Long(1, "abc"), .. Long(1, ""), .. Execute(1)],
        [.. Command(0x0e), .. Command(0x09), .. Command(0x1f), .. Command(0x1b, 0, 0), .. Command(0x60)],
        [.. Command(0x02, [.. "app"u8]), .. Command(0x04, [.. "t\0%"u8]), .. Command(0x0c, 1, 2, 3, 4)],
        Command(0x11, [.. "app\0"u8, 0, .. "app\0"u8, 45, 0, .. "mysql_native_password\0"u8]),
        [.. Query("select get_lock('f', 0)"), .. Query("do release_all_locks()"), .. Command(1)],
        [.. Query("load data local infile 'f' into table nowhere"), .. MySqlBytes.Packets([], 2)],
        Query("select '" + new string('x', 70_000) + "'"),
    ];

    private static byte[] Head(MySqlFlags flags) => new MySqlBytes().Int((uint)flags, 4).Int(1 << 24, 4)
        .Byte(45).Raw(new byte[23]).ToArray();

    private static byte[] Response(MySqlFlags flags, string plugin, int proofBytes)
    {
        var response = new MySqlBytes().Raw(Head(flags)).NulText("app").Byte(proofBytes)
            .Raw(new byte[proofBytes]).NulText("app").NulText(plugin)
            .Text(new MySqlBytes().Text("program_name").Text("fuzz").ToArray());
        if ((flags & MySqlFlags.ZstdCompress) != 0)
            response.Byte(3);
        return MySqlBytes.Packets(response.ToArray(), 1);
    }

    private static byte[] Query(string sql) => MySqlBytes.Packets(
        MySqlBytes.Command(3).Raw(sql).ToArray(), 0);

    private static byte[] Prepare(string sql) => MySqlBytes.Packets(
        MySqlBytes.Command(0x16).Raw(sql).ToArray(), 0);

    /// <summary>With two parameters, a whole number and a text, whether it has them or not.</summary>
    private static byte[] Execute(int number, byte cursor = 0) => MySqlBytes.Packets(
        MySqlBytes.Command(0x17).Int(number, 4).Byte(cursor).Int(1, 4).Byte(0).Byte(1)
            .Byte(3).Byte(0).Byte(253).Byte(0).Int(5, 4).Text("text").ToArray(), 0);

    private static byte[] Fetch(int number) => MySqlBytes.Packets(
        MySqlBytes.Command(0x1c).Int(number, 4).Int(1, 4).ToArray(), 0);

    private static byte[] Long(int number, string data) => MySqlBytes.Packets(
        MySqlBytes.Command(0x18).Int(number, 4).Int(0, 2).Raw(data).ToArray(), 0);

    private static byte[] Numbered(byte code, int number) => MySqlBytes.Packets(
        MySqlBytes.Command(code).Int(number, 4).ToArray(), 0);

    private static byte[] Command(byte code, params byte[] argument) =>
        MySqlBytes.Packets([code, .. argument], 0);
}
