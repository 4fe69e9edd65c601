namespace Sento.Postgres.Pinning;

/// <summary>
/// What a statement text may do to the state that outlives its transaction, and a few facts beside it.
/// </summary>
/// <remarks>
/// An effect means "may": the statement can still fail, or sit behind a condition. A missing effect means
/// that no word of the text asks for it; what functions, views, triggers and rules of the database hide is
/// not in any text.
/// </remarks>
[Flags]
public enum StatementEffects : ulong
{
    None = 0,

    /// <summary>
    /// Sets settings for the session; <see cref="StatementTraits.SettingNames"/> says which.
    /// </summary>
    Settings = 1 << 0,

    /// <summary>Sets a setting whose name is computed, or updates pg_settings.</summary>
    SettingsUnknown = 1 << 1,

    /// <summary>
    /// SET LOCAL, SET TRANSACTION, SET CONSTRAINTS, set_config(…, true): gone at the transaction's end.
    /// </summary>
    LocalSettings = 1 << 2,

    /// <summary>
    /// RESET x, SET x TO DEFAULT, SET TIME ZONE LOCAL; the names are listed with the settings.
    /// </summary>
    ResetsSettings = 1 << 3,

    /// <summary>RESET ALL.</summary>
    ResetsAllSettings = 1 << 4,

    /// <summary>DISCARD ALL; the effects it implies are not listed beside it.</summary>
    DiscardAll = 1 << 5,
    DiscardTemp = 1 << 6,
    DiscardPlans = 1 << 7,
    DiscardSequences = 1 << 8,

    /// <summary>
    /// Sets or resets role or session_authorization, which are then listed with the settings too.
    /// </summary>
    Identity = 1 << 9,

    /// <summary>Creates a temporary object, or names a temporary schema.</summary>
    TempObject = 1 << 10,

    /// <summary>DROP: temporary objects may be gone.</summary>
    TempMayEnd = 1 << 11,

    /// <summary>Takes advisory locks that belong to the session, not to the transaction.</summary>
    AdvisoryLock = 1 << 12,
    AdvisoryUnlock = 1 << 13,

    /// <summary>DECLARE … WITH HOLD.</summary>
    HoldCursor = 1 << 14,

    /// <summary>Any DECLARE.</summary>
    DeclareCursor = 1 << 15,

    /// <summary>CLOSE: held cursors may be gone.</summary>
    CursorMayEnd = 1 << 16,
    Listen = 1 << 17,
    Unlisten = 1 << 18,

    /// <summary>NOTIFY, pg_notify.</summary>
    Notify = 1 << 19,

    /// <summary>LOAD: a library stays in the server process until it ends.</summary>
    Load = 1 << 20,

    /// <summary>
    /// PREPARE. The functions that its body names are listed as effects too: EXECUTE will call them.
    /// </summary>
    Prepare = 1 << 21,
    Execute = 1 << 22,

    /// <summary>DEALLOCATE of one name.</summary>
    Deallocate = 1 << 23,
    DeallocateAll = 1 << 24,

    /// <summary>nextval, setval.</summary>
    SequenceChange = 1 << 25,

    /// <summary>currval, lastval: they answer from the session's memory.</summary>
    SequenceRead = 1 << 26,

    /// <summary>setseed, SET seed: nothing but the server process's end undoes it.</summary>
    SetSeed = 1 << 27,

    /// <summary>
    /// State of the server process that a function call begins and that ends with the process or by another
    /// call: temporary replication slots, replication origins, an open backup.
    /// </summary>
    TempSlot = 1 << 28,

    /// <summary>
    /// The text does not tell: DO, CALL, functions that run text, dblink connections, a statement that is not
    /// PostgreSQL's, a text that cannot be read to its end. Anything may have happened.
    /// </summary>
    Opaque = 1 << 29,

    /// <summary>BEGIN, START TRANSACTION; COMMIT AND CHAIN and its like.</summary>
    TransactionStart = 1 << 30,

    /// <summary>
    /// COMMIT, END, ROLLBACK, ABORT, PREPARE TRANSACTION; not ROLLBACK TO, not COMMIT PREPARED.
    /// </summary>
    TransactionEnd = 1ul << 31,

    /// <summary>SAVEPOINT, RELEASE, ROLLBACK TO.</summary>
    Savepoint = 1ul << 32,
    Copy = 1ul << 33,

    /// <summary>
    /// CREATE or ALTER of what can newly run code unseen: functions, triggers, rules, views, extensions, …
    /// </summary>
    ChangesCode = 1ul << 34,

    /// <summary>More than one statement.</summary>
    Multiple = 1ul << 35,

    /// <summary>pg_listening_channels: it answers from the session's memory.</summary>
    ChannelRead = 1ul << 36,
}
