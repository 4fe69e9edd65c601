namespace Sento.Lab.Reports;

/// <summary>The sentences of the verdict.</summary>
internal static class VerdictPhrases
{
    public static readonly Dictionary<string, (string English, string Japanese)> All = new()
    {
        ["verdict.direct.fails"] = (
            "{0} ({1}): {2:N0} of {3:N0} invocations failed ({4:0.#} %), the first after {5:0.0} s with {6}. "
            + "Frozen environments keep their connections, so the limit is reached by those who do nothing.",
            "{0} ({1}): {3:N0} 回のうち {2:N0} 回が失敗 ({4:0.#} %)。最初の失敗は {5:0.0} 秒後、{6}。"
            + "凍結された環境が接続を保持し続けるため、何もしていない環境で上限が埋まる。"),
        ["verdict.direct.holds"] = (
            "{0} ({1}) served all {2:N0} invocations: that many environments need no proxy.",
            "{0} ({1}) は {2:N0} 回すべてに応答した。この数の環境ならプロキシは不要。"),
        ["verdict.raised"] = (
            "{0} ({1}): {2:N0} errors, but {3:N0} {8} and {4:N0} MB for the database; {5} "
            + "had {9:N0} under the same load, with {6} and {7:N0} MB.",
            "{0} ({1}): エラー {2:N0}。ただし{8} {3:N0}、DB メモリ {4:N0} MB。{5} は同じ負荷でエラー {9:N0}、"
            + "接続 {6}、{7:N0} MB。"),
        ["server.processes"] = ("server processes", "サーバープロセス"),
        ["server.threads"] = ("server threads", "サーバースレッド"),
        ["verdict.queue"] = (
            "{0} ({1}): {2:N0} errors with {3} connections. A caller has its receipt after {4:0} ms (p99), "
            + "the "
            + "work is done after {5:0} ms (p99), and nobody gets an answer from the database.",
            "{0} ({1}): エラー {2:N0}、接続 {3}。受付は {4:0} ms (p99)、処理完了は {5:0} ms (p99)。呼び出し側は"
            + "データベースの答えを受け取れない。"),
        ["verdict.sento"] = (
            "{0} ({1}): {2:N0} errors; {3:N0} clients on {4} server connections, p50 {5:0.0} ms, p99 "
            + "{6:0.0} ms. "
            + "The proxy took {7:0.0} s of CPU and {8:N0} MB.",
            "{0} ({1}): エラー {2:N0}。クライアント {3:N0} に対しサーバー接続 {4}、p50 {5:0.0} ms、p99 {6:0.0} ms。"
            + "プロキシの CPU {7:0.0} 秒、メモリ {8:N0} MB。"),
        ["verdict.pooler"] = (
            "{0} ({1}): {2:N0} errors on {3} server connections, p50 {4:0.0} ms, p99 {5:0.0} ms, {6:0.0} s "
            + "of CPU "
            + "for the pooler.",
            "{0} ({1}): エラー {2:N0}、サーバー接続 {3}、p50 {4:0.0} ms、p99 {5:0.0} ms、CPU {6:0.0} 秒。"),
        ["verdict.sets"] = (
            "A driver that sends SET after connecting: {0:N0} errors with Sento, which carries settings "
            + "from one "
            + "server connection to the next; {1:N0} ({2:0.#} %) by RDS's documented rules, which pin the "
            + "session.",
            "接続直後に SET を送るドライバ: 設定を持ち運ぶ Sento ではエラー {0:N0}、セッションをピン留めする RDS の公開規則では "
            + "{1:N0} ({2:0.#} %)。"),
        ["verdict.rds"] = (
            "Without SET the same rules give {0:N0} errors: they cost something only where sessions have "
            + "state.",
            "SET がなければ同じ規則でもエラー {0:N0}。セッションに状態がある場合にだけ問題になる。"),
        ["verdict.each"] = (
            "{0} ({1}): {2:N0} errors ({3:0.#} %), and {4:0.0} ms of database CPU for each success; with "
            + "connections kept it was {5:0.0} ms.",
            "{0} ({1}): エラー {2:N0} ({3:0.#} %)。成功 1 回あたりの DB CPU は {4:0.0} ms、接続を保持する場合は {5:0.0} ms。"),
        ["merit.few"] = (
            "In favour of direct connections: with {0} clients that are always awake the median was {1:0.00} "
            + "ms, through Sento {2:0.00} ms. Where few connections are enough, a proxy only adds a hop.",
            "直接接続の長所: 常に起きている {0} クライアントでは中央値 {1:0.00} ms、Sento 経由は {2:0.00} ms。少ない接続で"
            + "足りるならプロキシは 1 ホップ増やすだけ。"),
        ["merit.few.none"] = (
            "With {0} clients that are always awake direct connections had a median of {1:0.00} ms and Sento "
            + "{2:0.00} ms: on this machine the hop is not what counts.",
            "常に起きている {0} クライアントでは直接接続の中央値は {1:0.00} ms、Sento は {2:0.00} ms。このマシンではホップは"
            + "問題にならない。"),
        ["merit.queue"] = (
            "In favour of the queue: {0:0.00} ms of database CPU for each piece of work, {1:0.00} ms in arm "
            + "D, and "
            + "a peak only makes it longer. It wins where nobody waits for an answer.",
            "キューの長所: 仕事 1 件あたりの DB CPU は {0:0.00} ms (D は {1:0.00} ms)。ピークは行列が伸びるだけ。"
            + "答えを待つ相手がいないなら最良。"),
        ["merit.fastest"] = (
            "Lowest p99 of the arms without errors: {0} ({1}), {2:0.0} ms.",
            "エラーのない構成のうち p99 が最小: {0} ({1})、{2:0.0} ms。"),
        ["scenario.rotate"] = (
            "The application's password changed after {0:0.0} s; functions kept the one that they were "
            + "deployed with.",
            "{0:0.0} 秒後にアプリケーションのパスワードを変更。関数はデプロイ時のパスワードを使い続ける。"),
        ["scenario.restart"] = (
            "The database crashed after {0:0.0} s and was started again at once.",
            "{0:0.0} 秒後にデータベースをクラッシュさせ、すぐに再起動。"),
        ["scenario.overload"] = (
            "After {0:0.0} s each read took {1:0} ms of CPU, for {2:0.0} s: together {3:0.0} s of CPU.",
            "{0:0.0} 秒後から {2:0.0} 秒間、読み取り 1 回に {1:0} ms の CPU が必要になった。合計で CPU {3:0.0} 秒分。"),
        ["overload.arm"] = (
            "{0} ({1}): {2:N0} of {3:N0} invocations from then on failed ({4:0.#} %). {5} {6}",
            "{0} ({1}): その後の {3:N0} 回のうち {2:N0} 回が失敗 ({4:0.#} %)。{5}{6}"),
        ["overload.orphans"] = (
            "Statements that ran on more than a second after their invocation was given up: {0:N0}, {1:N0} "
            + "at once, one for {2:0.0} s.",
            "呼び出しが打ち切られて 1 秒以上たっても {0:N0} 個の文が実行され続けた (同時に最大 {1:N0}、最長 {2:0.0} 秒)。"),
        ["overload.orphans.none"] = (
            "No statement ran on once its invocation was given up.", "打ち切られた呼び出しの文は残らなかった。"),
        ["overload.recovered"] = (
            "Served as before {0:0.0} s after the last slow read was wanted.",
            "最後の遅い読み取りの {0:0.0} 秒後に元どおり応答した。"),
        ["overload.never"] = ("It was not as before when the run ended.", "実行の終わりまで元に戻らなかった。"),
        ["overload.impatient"] = (
            "Through Sento who waits gives up their place only at the function's deadline, and who is served "
            + "late has no time left for the work: a ConnectionBorrowTimeout below that deadline tells them "
            + "sooner. Here it served {0:N0} instead of {1:N0}.",
            "Sento の待ち行列では関数の期限が来るまで順番を待ち、遅く順番が来ると処理の時間が残らない。"
            + "ConnectionBorrowTimeout を期限より短くすると早く断る。ここでは {1:N0} 件ではなく {0:N0} 件に応答した。"),
        ["overload.best"] = (
            "Most invocations served: {0} ({1}), {2:N0} of {3:N0}.",
            "最も多くの呼び出しに応えた構成: {0} ({1})、{3:N0} 回のうち {2:N0} 回。"),
        ["scenario.arm"] = (
            "{0} ({1}): {2:N0} of {3:N0} invocations after that moment failed ({4}); the longest time "
            + "without a success was {5:0.0} s.",
            "{0} ({1}): その後の {3:N0} 回のうち {2:N0} 回が失敗 ({4})。成功が途切れた最長時間は {5:0.0} 秒。"),
        ["scenario.arm.good"] = (
            "{0} ({1}): none of {3:N0} invocations after that moment failed; the longest time without a "
            + "success was {5:0.0} s.",
            "{0} ({1}): その後の {3:N0} 回はすべて成功。成功が途切れた最長時間は {5:0.0} 秒。"),
        ["verdict.rounds"] = (
            "{0} rounds with the seeds {1} to {2}: errors and CPU are those of all together, times those of "
            + "the median round, connections and memory the most that was seen.",
            "シード {1} から {2} までの {0} ラウンド。エラーと CPU は合計、時間は中央のラウンド、接続とメモリは最大値。"),
        ["verdict.fault.round"] = (
            "{0} ({1}) did not run in round {3}: {2}", "{0} ({1}) はラウンド {3} で実行できず: {2}"),
        ["verdict.fault"] = ("{0} ({1}) did not run: {2}", "{0} ({1}) は実行できず: {2}"),
    };
}
