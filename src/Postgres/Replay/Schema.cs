using Sento.DataPlane.Pool;

namespace Sento.Postgres.Replay;

/// <summary>How often the schema of one database has changed, as far as statements of our clients show.</summary>
/// <remarks>
/// A statement prepared before a change may have other columns after it, and its server would refuse to run it
/// ("cached plan must not change result type"): it is prepared anew instead. Changes made past us are not seen here.
/// Loop thread only.
/// </remarks>
internal sealed class Schema
{
    public long Generation { get; set; } = 1;

    public static Schema Of(TargetPool pool)
    {
        var databases = (Dictionary<string, Schema>)(pool.Target.ProtocolFacts ??= new Dictionary<string, Schema>());
        if (!databases.TryGetValue(pool.Key.Database, out var schema))
            databases[pool.Key.Database] = schema = new Schema();
        return schema;
    }
}
