namespace Sento.Lab.Reports;

/// <summary>Short phrases, in English and Japanese. {0}, {1} … are numbers and names.</summary>
internal static class PhraseTable
{
    public static readonly Dictionary<string, (string English, string Japanese)> All = new(VerdictPhrases.All)
    {
        ["arm.direct"] = ("direct, max_connections {0}", "直接接続、max_connections {0}"),
        ["arm.each"] = ("direct, a connection for each call", "直接接続、呼び出しごとに接続"),
        ["arm.queue"] = ("queue, {0} workers", "キュー、ワーカー {0}"),
        ["arm.pgbouncer"] = ("PgBouncer, transaction mode", "PgBouncer、トランザクションモード"),
        ["arm.sento"] = ("Sento", "Sento"),
        ["arm.sento.sets"] = ("Sento, driver that SETs", "Sento、接続時に SET するドライバ"),
        ["arm.sento.impatient"] = (
            "Sento, ConnectionBorrowTimeout {0}", "Sento、ConnectionBorrowTimeout {0}"),
        ["arm.rds"] = ("Sento by RDS's pinning rules", "Sento、RDS のピン留め規則"),
        ["arm.rds.sets"] = ("RDS's rules, driver that SETs", "RDS の規則、SET するドライバ"),

        ["title"] = ("Functions and a database", "関数とデータベース"),
        ["lead"] = (
            "{0:N0} execution environments, {1:N0} invocations in {2:0.#} s, the same arrivals in each arm.",
            "実行環境 {0:N0}、{2:0.#} 秒間に呼び出し {1:N0} 回。どの構成にも同じ負荷。"),
        ["verdict"] = ("Verdict", "結論"),
        ["figures"] = ("Figures", "数値"),
        ["connections"] = ("Clients and server connections", "クライアントとサーバー接続"),
        ["connections.note"] = (
            "Area: environments that hold a connection. Line: connections of the database.",
            "塗り: 接続を持つ実行環境。線: データベース側の接続。"),
        ["success"] = ("What became of the invocations", "呼び出しの結果"),
        ["errors"] = ("Errors in each second", "毎秒のエラー"),
        ["orphans"] = ("Statements that nobody waits for any more", "誰も待っていないのに実行中の文"),
        ["memory"] = ("Memory of the database, at most", "データベースのメモリ (最大)"),
        ["memory.connections"] = (
            "Memory of the database by its connections", "接続数とデータベースのメモリ"),
        ["latency"] = ("Latency of successes", "成功した呼び出しの遅延"),
        ["latency.note"] = (
            "From the moment an invocation was wanted; of a hundred at 99 %, one took longer. Logarithmic.",
            "呼び出しが発生した時点から。縦軸は対数。"),
        ["sizing"] = ("Sizing", "サイジング"),
        ["sizing.note"] = (
            "From this run: {0:0.0} ms that a transaction holds a server connection, one call in {1:0.#} s "
            + "for "
            + "each environment, {2:0.0} MB for each connection of the database. Pools have double what the "
            + "mean "
            + "needs. Memory is the database's, without caches that grow with the data.",
            "この実行から: トランザクションが接続を占有する時間 {0:0.0} ms、環境ごとに {1:0.#} 秒に 1 回の呼び出し、"
            + "接続あたり {2:0.0} MB。プールは平均の 2 倍。メモリはデータ量に依存するキャッシュを含まない。"),
        ["method"] = ("How it was measured", "測定方法"),
        ["column.arm"] = ("arm", "構成"),
        ["column.ok"] = ("succeeded", "成功"),
        ["column.errors"] = ("errors (first)", "エラー (最初)"),
        ["column.connect"] = ("connect p50 / p99", "接続 p50 / p99"),
        ["column.p50"] = ("p50 ms", "p50 ms"),
        ["column.p95"] = ("p95 ms", "p95 ms"),
        ["column.p99"] = ("p99 ms", "p99 ms"),
        ["column.p999"] = ("p99.9 ms", "p99.9 ms"),
        ["column.clients"] = ("clients", "クライアント"),
        ["column.servers"] = ("server connections", "サーバー接続"),
        ["column.memory"] = ("database memory", "DB メモリ"),
        ["column.cpu"] = ("database CPU", "DB の CPU"),
        ["column.cpu.proxy"] = ("CPU of proxy or workers", "プロキシ・ワーカーの CPU"),
        ["column.memory.proxy"] = ("their memory", "同メモリ"),
        ["column.few"] = ("p50 ms, few clients", "少数クライアントの p50 ms"),
        ["column.rate"] = ("successes / s", "成功 / 秒"),
        ["column.burst"] = ("burst done in", "バースト処理完了"),
        ["column.recovery"] = ("recovered after", "回復まで"),
        ["column.orphans"] = ("orphaned statements", "孤児の文"),
        ["column.counted"] = ("counted by the server", "サーバー側の計数"),
        ["size.environments"] = ("environments", "実行環境"),
        ["size.direct"] = ("direct: limit", "直接: 上限"),
        ["size.direct.memory"] = ("memory", "メモリ"),
        ["size.pool"] = ("Sento: pool", "Sento: プール"),
        ["size.sento.memory"] = ("memory", "メモリ"),
        ["unit.seconds"] = ("seconds", "秒"),
        ["unit.share"] = ("share of successes", "成功した呼び出しの割合"),
        ["fault"] = ("did not run: {0}", "実行できず: {0}"),
        ["nobody.failed"] = ("Nothing failed in any arm.", "どの構成でもエラーなし。"),
        ["clients"] = ("clients", "クライアント"),
        ["servers"] = ("server connections", "サーバー接続"),
        ["failed.share"] = ("{0:0.#} % failed", "{0:0.#} % 失敗"),
        ["none.failed"] = ("none failed", "失敗なし"),
        ["picture.title"] = (
            "{0:N0} functions before one {1}", "1 台の {1} と {0:N0} の関数"),

        ["method.1"] = (
            "Every environment keeps one connection while it is frozen between invocations, except in arm "
            + "G. Its "
            + "handler is a transaction with one read and one write, both with parameters, through {0} "
            + "without a pool. One environment in {1} calls is killed and starts cold again.",
            "各実行環境は凍結中も接続を 1 本保持する (G を除く)。ハンドラはパラメータ付きの読み取り 1 回と書き込み 1 回を"
            + "含むトランザクション ({0}、プールなし)。{1} 回に 1 回の割合で環境は破棄され、コールドスタートする。"),
        ["method.password"] = (
            "Environments sign in by password, in clear connections.", "サインインはパスワード、TLS なし。"),
        ["method.tls"] = (
            "Environments sign in by password over TLS; proxies speak TLS to the database too.",
            "サインインは TLS 上のパスワード。プロキシとデータベースの間も TLS。"),
        ["method.token"] = (
            "Environments sign in to Sento with an IAM token for each connection, elsewhere by password, all "
            + "over TLS; proxies speak TLS to the database too.",
            "Sento には接続ごとの IAM トークン、それ以外はパスワードでサインイン。すべて TLS、プロキシとデータベースの間も TLS。"),
        ["method.own"] = (
            "{0} of the environments are processes of their own, stopped by the kernel while they are "
            + "frozen; the others live in {1} processes.",
            "実行環境のうち {0} は独立したプロセスで、凍結中はカーネルによって停止される。残りは {1} プロセスに同居する。"),
        ["method.2"] = (
            "Arrivals are fixed by the seed: a ramp of {0:0.#} s, {1:0.#} s steady, a burst of everybody in "
            + "{2:0.#} s, then {3:0.#} s in which one in ten works. A slow system gets no less load, and "
            + "latency "
            + "counts from the moment wanted. After {4:0.#} s the platform ends an invocation.",
            "負荷はシードで固定: 立ち上げ {0:0.#} 秒、定常 {1:0.#} 秒、{2:0.#} 秒間の全環境バースト、その後 {3:0.#} 秒は"
            + " 1 割だけが動作。遅いシステムでも負荷は減らず、遅延は呼び出し発生時から数える。{4:0.#} 秒で打ち切り。"),
        ["method.3"] = (
            "{0} as delivered, restarted {1}; load, database and proxy share "
            + "this machine. The queue is a durable table that workers poll.",
            "{0} は既定設定、{1}再起動。負荷・DB・プロキシは同じマシン上。キューは永続化された"
            + "テーブルをワーカーがポーリングする。"),
        ["method.rds"] = (
            "F and FS are rules taken from public documents, played by Sento: not a measurement of AWS.",
            "F と FS は公開文書の規則を Sento が再現したもので、AWS の測定ではない。"),
        ["restart.each"] = ("before each arm", "構成ごとに"),
        ["restart.limit"] = ("where a limit changes", "上限が変わるときだけ"),
        ["method.against"] = (
            "The database is somebody's: it was not restarted, and its memory and CPU were not measured. "
            + "Load and proxies share this machine.",
            "データベースは利用者自身のもの。再起動せず、メモリと CPU は測定していない。負荷とプロキシは同じマシン上。"),
        ["method.4"] = (
            "Charts and sizes are those of the first round; verdict and table are of all.",
            "図とサイジングは最初のラウンド、結論と表は全ラウンドに基づく。"),
    };
}
