using Sento.DataPlane.Pool;
using Sento.MySql.Pinning;
using Sento.MySql.Wire;

namespace Sento.MySql.Server;

/// <summary>
/// What the MySQL side knows of one target: how it greets, its collations, its limits. Loop thread only.
/// </summary>
internal sealed class TargetFacts
{
    private readonly Dictionary<int, (string Charset, string Collation)> _collations = [];
    private readonly Dictionary<string, string> _charsets = [];

    /// <summary>
    /// As the server said it at the latest sign-in, be it one that it refused; null: it has not spoken yet.
    /// </summary>
    public Greeting? Greeting { get; set; }

    public bool IsMariaDb => Greeting is { IsMariaDb: true };

    /// <summary>tx_isolation instead of transaction_isolation: MariaDB before 11.1.</summary>
    public bool UsesOldTransactionNames => IsMariaDb && Version.CompareTo((11, 1)) < 0;

    /// <summary>The collations and limits have been asked for.</summary>
    public bool IsComplete { get; set; }

    /// <summary>The server's own, for sessions that set none.</summary>
    public string SqlMode { get; set; } = "";

    /// <summary>What it is after a sign-in with IGNORE_SPACE.</summary>
    public string SqlModeWithIgnoreSpace => "IGNORE_SPACE," + SqlMode;

    /// <summary>Character set and collation that a client gets whose number is not known.</summary>
    public (string Charset, string Collation) DefaultNames { get; set; } = ("utf8mb4", "utf8mb4_general_ci");

    public int PreparedStatementsMax { get; set; } = 16_382;

    /// <summary>
    /// Counts changes of tables that went through us: prepared statements may get other columns.
    /// </summary>
    public long SchemaGeneration { get; private set; }

    /// <summary>Counts changes of routines, triggers and views that went through us.</summary>
    public long CodeGeneration { get; private set; }

    /// <summary>Statements with these effects have been done, or tried.</summary>
    public void OnChanged(StatementEffects effects)
    {
        if ((effects & StatementEffects.ChangesSchema) != 0)
            SchemaGeneration++;
        if ((effects & StatementEffects.ChangesCode) != 0)
            CodeGeneration++;
    }

    public static TargetFacts Of(Target target) => (TargetFacts)(target.ProtocolFacts ??= new TargetFacts());

    /// <summary>Major and minor; MariaDB may put 5.5.5- before its own.</summary>
    private (int Major, int Minor) Version
    {
        get
        {
            var text = Greeting?.Version ?? "";
            if (text.StartsWith("5.5.5-", StringComparison.Ordinal))
                text = text["5.5.5-".Length..];
            var parts = text.Split('.', '-');
            _ = int.TryParse(parts[0], out var major);
            _ = int.TryParse(parts.Length > 1 ? parts[1] : "", out var minor);
            return (major, minor);
        }
    }

    public void AddCollation(int id, string charset, string collation)
    {
        _collations[id] = (charset, collation);
        _charsets[collation] = charset;
    }

    /// <summary>Null: no collation of that name is known.</summary>
    public string? CharsetOf(string collation) => _charsets.GetValueOrDefault(collation);

    /// <summary>What the number in a client's handshake stands for.</summary>
    public (string Charset, string Collation) NamesOf(int id) =>
        _collations.TryGetValue(id, out var names) ? names : DefaultNames;
}
