namespace Sento.Postgres.Pinning;

/// <summary>
/// The words that the scanner knows: first those of statements, then names, then functions.
/// </summary>
internal enum Word : byte
{
    None,
    Abort, Aggregate, All, Alter, Analyse, Analyze, And, As, Atomic, Authorization, Begin, Call, Case,
    Cast, Chain, Characteristics, Check, Checkpoint, Close, Cluster, Comment, Commit, Constraints,
    Conversion, Copy, Create, Database, Deallocate, Declare, Default, Deferrable, Delete,
    Discard, Do, Domain, Drop, End, Execute, Explain, Extension, Fetch, For, From, Function,
    Generated, Global, Grant, Group, Hold, Import, Insert, Into, Isolation, Language, Listen, Load, Local,
    Lock, Merge, Move, Names, Notify, Operator, Only, Option, Plans, Policy, Prepare, Prepared,
    Procedure, Read, Reassign, Refresh, Reindex, Release, Replace, Reset, Revoke, Role, Rollback, Routine,
    Rule, Savepoint, Schema, Security, Select, Sequences, Session, Set, Show, Start, System, Table, Temp,
    Temporary, Time, To, Transaction, Transform, Trigger, True, Truncate, Unlisten, Update, User, Vacuum,
    Values, Verbose, View, With, Work, Write, Xml, Zone,

    PgSettings,
    PgTemp,

    // Functions; what comes after this line counts only when it is called.
    SetConfig,
    SetLimit,
    PgNotify,
    ReadsChannels,
    TakesAdvisoryLock,
    ReleasesAdvisoryLock,
    ChangesSequence,
    ReadsSequence,
    SeedsRandom,
    HoldsProcessState,
    RunsText,
}
