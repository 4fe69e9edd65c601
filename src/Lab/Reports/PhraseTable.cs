namespace Sento.Lab.Reports;

/// <summary>All phrases, in English and Japanese.</summary>
internal static class PhraseTable
{
    public static readonly Dictionary<string, (string English, string Japanese)> All = new()
    {
        ["arm.direct"] = ("direct, max_connections {0}", "直接接続 (max_connections {0})"),
        ["arm.each"] = ("direct, a connection for each call", "直接接続 (呼び出しごとに接続)"),
        ["arm.queue"] = ("queue, {0} workers", "キュー + ワーカー {0}"),
        ["arm.pgbouncer"] = ("PgBouncer, transaction mode", "PgBouncer (トランザクションモード)"),
        ["arm.sento"] = ("Sento", "Sento"),
        ["arm.sento.sets"] = ("Sento, driver that SETs", "Sento (接続時に SET するドライバ)"),
        ["arm.rds"] = ("Sento with RDS's pinning rules", "Sento (RDS のピン留め規則)"),
        ["arm.rds.sets"] = ("RDS's rules, driver that SETs", "RDS の規則 + SET するドライバ"),
    };
}
