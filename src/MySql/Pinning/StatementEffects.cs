namespace Sento.MySql.Pinning;

/// <summary>
/// What a statement text may do to the state of its session that outlives its transaction, and facts beside
/// it.
/// </summary>
/// <remarks>
/// An effect means "may": the statement can still fail. A missing effect means that no word of the text
/// asks for it; what routines, triggers and views hide is not in any text: <see cref="HiddenCode"/> adds it.
/// </remarks>
[Flags]
public enum StatementEffects : ulong
{
    None = 0,

    /// <summary>Sets session variables; <see cref="StatementTraits.SettingNames"/> says which.</summary>
    Settings = 1 << 0,

    /// <summary>SET NAMES, SET CHARACTER SET.</summary>
    Names = 1 << 1,

    /// <summary>USE.</summary>
    Schema = 1 << 2,

    /// <summary>SET TRANSACTION without a scope: for the next transaction only.</summary>
    OneShotTransaction = 1 << 3,

    /// <summary>Assigns a user variable, or may; which one is not known.</summary>
    UserVariables = 1 << 4,

    /// <summary>CREATE TEMPORARY TABLE.</summary>
    TempTables = 1 << 5,

    /// <summary>LOCK TABLES, FLUSH TABLES WITH READ LOCK, LOCK INSTANCE, BACKUP.</summary>
    TableLocks = 1 << 6,

    /// <summary>UNLOCK.</summary>
    Unlock = 1 << 7,

    /// <summary>GET_LOCK and its family.</summary>
    NamedLocks = 1 << 8,

    /// <summary>HANDLER.</summary>
    Handlers = 1 << 9,

    /// <summary>PREPARE as SQL.</summary>
    SqlPrepared = 1 << 10,

    /// <summary>XA.</summary>
    Xa = 1 << 11,

    /// <summary>
    /// SET ROLE, SET RESOURCE GROUP, SET SESSION AUTHORIZATION: no reset undoes it on each server.
    /// </summary>
    Identity = 1 << 12,

    /// <summary>SQL_CALC_FOUND_ROWS.</summary>
    CalculatesFoundRows = 1 << 13,

    /// <summary>LAST_INSERT_ID, @@identity, LASTVAL: answered from the session's memory.</summary>
    ReadsInsertId = 1 << 14,

    /// <summary>ROW_COUNT.</summary>
    ReadsRowCount = 1 << 15,

    /// <summary>FOUND_ROWS.</summary>
    ReadsFoundRows = 1 << 16,

    /// <summary>SHOW WARNINGS, SHOW ERRORS, GET DIAGNOSTICS.</summary>
    ReadsDiagnostics = 1 << 17,

    /// <summary>CREATE, ALTER, DROP and the like: prepared statements may get other columns.</summary>
    ChangesSchema = 1 << 18,

    /// <summary>LOAD DATA or XML LOCAL: the server may ask the client for a file.</summary>
    LocalFile = 1 << 19,

    /// <summary>KILL.</summary>
    Kill = 1 << 20,

    /// <summary>More than one statement.</summary>
    Multiple = 1 << 21,

    /// <summary>
    /// The text does not tell: CALL, executable comments, a text that can't be read to its end.
    /// </summary>
    Opaque = 1 << 22,

    /// <summary>Sets user variables to literals; <see cref="StatementTraits.Literals"/> says which.</summary>
    LiteralVariables = 1 << 23,

    /// <summary>SET CHARACTER SET.</summary>
    CharacterSet = 1 << 24,

    /// <summary>LAST_INSERT_ID(expression), CALL: the key may change without being told.</summary>
    SetsInsertId = 1 << 25,

    /// <summary>RELEASE_ALL_LOCKS.</summary>
    ReleasesAllLocks = 1 << 26,

    /// <summary>COMMIT, ROLLBACK as a whole: ends the session too where completion_type says so.</summary>
    EndsTransaction = 1 << 27,

    /// <summary>COMMIT RELEASE, ROLLBACK RELEASE: the server ends the session.</summary>
    EndsSession = 1 << 28,

    /// <summary>Takes or gives up named objects; <see cref="StatementTraits.Held"/> says which.</summary>
    Objects = 1 << 29,

    /// <summary>Runs code with statements of its own, or may: CALL, EXECUTE IMMEDIATE, blocks.</summary>
    RunsCode = 1 << 30,

    /// <summary>
    /// Sets user variables to what the server alone knows; <see cref="StatementTraits.SettingNames"/> says
    /// which.
    /// </summary>
    AskedVariables = 1UL << 31,

    /// <summary>
    /// Beside what the text itself changes, it calls functions that may change more. Told only of such texts.
    /// </summary>
    CallsFunctions = 1UL << 32,

    /// <summary>
    /// Names code that changes its session where no text shows it, or that can't be read;
    /// <see cref="HiddenCode"/> tells.
    /// </summary>
    HidesState = 1UL << 33,

    /// <summary>Makes, changes or drops routines, triggers or views, or may.</summary>
    ChangesCode = 1UL << 34,
}
