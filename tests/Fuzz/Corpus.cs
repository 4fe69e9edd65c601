using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Fuzz;

/// <summary>Honest conversations with every message a client has. None takes long, however spoilt.</summary>
internal static class Corpus
{
    /// <summary>What a client says first.</summary>
    public static readonly byte[][] Beginnings =
    [
        Startup(Version30, ("user", "app"), ("database", "app"), ("client_encoding", "UTF8")),
        Startup(
            Version32, ("user", "app"), ("options", "-c work_mem=7MB -c a.x=a\\ b"), ("_pq_.unknown", "1")),
        [.. SslRequest(), .. Startup(Version30, ("user", "app"))],
        [.. GssEncRequest(), .. SslRequest(), 0x16, 0x03, 0x01, 0x00, 0x05, 1, 0, 0, 1, 0],
        CancelRequest(4711, new byte[] { 1, 2, 3, 4 }),
        Startup(Version30, ("user", "app"), ("replication", "database")),
        [
            .. Startup(Version30, ("user", "app"), ("database", "app")),
            .. SaslInitial("SCRAM-SHA-256", "n,,n=,r=abcdefghijklmnopqrstuvwx"),
            .. SaslResponse($"c=biws,r=abcdefghijklmnopqrstuvwxyz,p={new string('A', 43)}="),
        ],
    ];

    /// <summary>What a client says once it is in.</summary>
    public static readonly byte[][] Conversations =
    [
        Query("select 1"),
        [.. Extended("select $1::text", "x"), .. Sync()],
        [
            .. Parse("s", "select $1::int + 1", 23), .. DescribeStatement("s"), .. Flush(),
            .. Bind("p", "s", "41"), .. DescribePortal("p"), .. Execute("p", 1), .. ClosePortal("p"),
            .. CloseStatement("s"), .. Sync(),
        ],
        [.. Query("begin"), .. Query("create temp table t (v text)"), .. Query("rollback")],
        [.. Query("set work_mem = '7MB'; select 'a''b', $$c$$, E'd\\'e'"), .. Query("reset all")],
        [
            .. Query("copy (select 1) to stdout"), .. Query("create temp table c (v text)"),
            .. Query("copy c from stdin"), .. CopyData("x\n"), .. CopyData("y\n"), .. CopyDone(),
            .. Query("discard all"),
        ],
        [.. Query("copy nowhere from stdin"), .. CopyFail("no"), .. Sync()],
        [.. Query("prepare q (int) as select $1"), .. Query("execute q(1)"), .. Query("deallocate q")],
        [.. Query("listen a; notify a, 'b'"), .. Query("unlisten *")],
        [
            .. Extended("select 1"), .. Extended("select 1/0"), .. Extended("select 2"), .. Sync(),
            .. Extended("select 3"), .. Sync(),
        ],
        [.. FunctionCall(2026), .. Sync()],
        [.. Query(""), .. Query(";"), .. Query("/* c */ -- d")],
        [.. Parse("", "discard all"), .. Bind("", ""), .. Execute(), .. Flush(), .. Sync()],
        [.. Query("select pg_advisory_lock(1)"), .. Query("select pg_advisory_unlock(1)"), .. Terminate()],
    ];
}
