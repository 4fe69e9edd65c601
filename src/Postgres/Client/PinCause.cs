namespace Sento.Postgres.Client;

/// <summary>Why a session keeps its server connection between transactions.</summary>
[Flags]
public enum PinCause
{
    None = 0,
    TempObjects = 1 << 0,
    AdvisoryLocks = 1 << 1,
    HeldCursors = 1 << 2,
    Listening = 1 << 3,
    LoadedLibrary = 1 << 4,
    RandomSeed = 1 << 5,
    ReplicationSlot = 1 << 6,
    LongStatement = 1 << 7,
    UnknownState = 1 << 8,
    TooManySettings = 1 << 9,
    UnreplayableSetting = 1 << 10,
    SqlPreparedStatement = 1 << 11,
    RdsRules = 1 << 12,
    SessionMode = 1 << 13,
}

/// <summary>The causes in words, for logs, metrics and people at night.</summary>
public static class PinCauses
{
    /// <summary>What a probe of the server can see, and so can end.</summary>
    public const PinCause Probed =
        PinCause.TempObjects | PinCause.AdvisoryLocks | PinCause.HeldCursors | PinCause.Listening;

    /// <summary>What only a new server connection is free of.</summary>
    public const PinCause Unremovable =
        PinCause.LoadedLibrary | PinCause.RandomSeed | PinCause.ReplicationSlot;

    public static readonly IReadOnlyList<string> Names =
        [.. Enum.GetNames<PinCause>().Where(name => name != nameof(PinCause.None))];

    public static string Explain(PinCause cause) => cause switch
    {
        PinCause.TempObjects => "The session has temporary objects.",
        PinCause.AdvisoryLocks => "The session holds advisory locks.",
        PinCause.HeldCursors => "The session holds a cursor WITH HOLD.",
        PinCause.Listening => "The session listens to notifications.",
        PinCause.LoadedLibrary => "LOAD brought a library into the server process.",
        PinCause.RandomSeed => "setseed() changed the server process's random numbers.",
        PinCause.ReplicationSlot =>
            "The session has a temporary replication slot, a replication origin or an open backup.",
        PinCause.LongStatement => "A statement was too long to be read: what it changed is not known.",
        PinCause.UnknownState => "The server could not be asked what the session has become.",
        PinCause.TooManySettings => "The session has more settings of its own than can be followed.",
        PinCause.UnreplayableSetting => "A setting of the session can't be brought to another connection.",
        PinCause.SqlPreparedStatement => "SQL that is not rewritten speaks of prepared statements.",
        PinCause.SessionMode => "PoolMode is session.",
        _ => "PinningRules is RDS.",
    };

    /// <summary>What ends the pin, as a clause; null: only the end of the session.</summary>
    public static string? EndsWhen(PinCause cause) => cause switch
    {
        PinCause.TempObjects => "they are dropped",
        PinCause.AdvisoryLocks => "they are unlocked",
        PinCause.HeldCursors => "it is closed",
        PinCause.Listening => "UNLISTEN *",
        PinCause.LongStatement or PinCause.UnknownState or PinCause.TooManySettings
            or PinCause.SqlPreparedStatement or PinCause.UnreplayableSetting => "DISCARD ALL",
        _ => null,
    };
}
