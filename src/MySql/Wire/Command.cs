namespace Sento.MySql.Wire;

/// <summary>
/// First byte of a command. MySQL Internals, Command Phase; MariaDB, Client/Server Protocol.
/// </summary>
internal static class Command
{
    public const byte Quit = 0x01;
    public const byte InitDb = 0x02;
    public const byte Query = 0x03;
    public const byte FieldList = 0x04;
    public const byte CreateDb = 0x05;
    public const byte DropDb = 0x06;
    public const byte Refresh = 0x07;
    public const byte Shutdown = 0x08;
    public const byte Statistics = 0x09;
    public const byte ProcessInfo = 0x0a;
    public const byte ProcessKill = 0x0c;
    public const byte Debug = 0x0d;
    public const byte Ping = 0x0e;
    public const byte ChangeUser = 0x11;
    public const byte BinlogDump = 0x12;
    public const byte RegisterSlave = 0x15;
    public const byte StmtPrepare = 0x16;
    public const byte StmtExecute = 0x17;
    public const byte StmtSendLongData = 0x18;
    public const byte StmtClose = 0x19;
    public const byte StmtReset = 0x1a;
    public const byte SetOption = 0x1b;
    public const byte StmtFetch = 0x1c;
    public const byte BinlogDumpGtid = 0x1e;
    public const byte ResetConnection = 0x1f;

    /// <summary>MariaDB's own.</summary>
    public const byte StmtBulkExecute = 0xfa;
}

/// <summary>First byte of a server's packet.</summary>
internal static class Reply
{
    public const byte Ok = 0x00;
    public const byte MoreData = 0x01;
    public const byte LocalInfile = 0xfb;
    public const byte Eof = 0xfe;
    public const byte Error = 0xff;
}
