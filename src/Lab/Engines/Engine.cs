namespace Sento.Lab.Engines;

/// <summary>A database that the lab can measure.</summary>
public enum Engine { Postgres, MariaDb, MySql }

/// <summary>What each of them needs.</summary>
public static class EngineTable
{
    private static readonly PostgresEngine Postgres = new();
    private static readonly MySqlEngine MariaDb = new(MySqlEngine.MariaDbStatus);
    private static readonly MySqlEngine MySql = new(MySqlEngine.MySqlStatus);

    internal static IEngine Of(Engine engine) => engine switch
    {
        Engine.Postgres => Postgres,
        Engine.MariaDb => MariaDb,
        _ => MySql,
    };

    public static string NameOf(Engine engine) => engine switch
    {
        Engine.Postgres => "PostgreSQL",
        Engine.MariaDb => "MariaDB",
        _ => "MySQL",
    };

    /// <summary>max_connections as the database is delivered.</summary>
    public static int StockLimitOf(Engine engine) => engine == Engine.Postgres ? 100 : 151;
}
