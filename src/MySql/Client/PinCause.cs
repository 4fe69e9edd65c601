namespace Sento.MySql.Client;

/// <summary>Why a session keeps its server connection between transactions.</summary>
[Flags]
public enum PinCause
{
    None = 0,
    UserVariables = 1 << 0,
    TempTables = 1 << 1,
    TableLocks = 1 << 2,
    NamedLocks = 1 << 3,
    Handlers = 1 << 4,
    SqlPreparedStatement = 1 << 5,
    XaTransaction = 1 << 6,
    Role = 1 << 7,
    OneShotTransaction = 1 << 8,
    FoundRows = 1 << 9,
    UnknownState = 1 << 10,
    UnreplayableSetting = 1 << 11,
    TooManySettings = 1 << 12,
    LongStatement = 1 << 13,
    Replication = 1 << 14,
    RdsRules = 1 << 15,
    SessionMode = 1 << 16,
    HiddenState = 1 << 17,
}

/// <summary>The causes in words, for logs, metrics and people at night.</summary>
public static class PinCauses
{
    public static readonly IReadOnlyList<string> Names =
        [.. Enum.GetValues<PinCause>().Where(cause =>
            cause != PinCause.None).Select(cause => cause.ToString())];

    public static string Explain(PinCause cause) => cause switch
    {
        PinCause.UserVariables => "The session has set user variables.",
        PinCause.TempTables => "The session has temporary tables.",
        PinCause.TableLocks => "The session has locked tables.",
        PinCause.NamedLocks => "The session has used named locks (GET_LOCK and its family).",
        PinCause.Handlers => "The session has opened a table by HANDLER.",
        PinCause.SqlPreparedStatement => "The session has prepared statements by SQL (PREPARE).",
        PinCause.XaTransaction => "The session has used XA transactions.",
        PinCause.Role => "The session has changed its role or resource group.",
        PinCause.OneShotTransaction => "SET TRANSACTION holds for the session's next transaction only.",
        PinCause.FoundRows => "SQL_CALC_FOUND_ROWS has counted for FOUND_ROWS().",
        PinCause.UnknownState => "What a statement has changed can't be told from its text.",
        PinCause.UnreplayableSetting => "A variable of the session can't be brought to another connection.",
        PinCause.TooManySettings => "The session has more variables of its own than can be followed.",
        PinCause.LongStatement => "A statement was too long to be read: what it changed is not known.",
        PinCause.Replication => "The session reads the server's binary log.",
        PinCause.SessionMode => "PoolMode is session.",
        PinCause.HiddenState => "A statement names a routine, view or table whose code changes its session "
            + "unseen, or that this user may not read.",
        _ => "PinningRules is RDS.",
    };

    /// <summary>What ends the pin, as a clause; null: only the end of the session.</summary>
    public static string? EndsWhen(PinCause cause) => cause switch
    {
        PinCause.TableLocks => "UNLOCK TABLES",
        PinCause.TempTables => "all of them are dropped by name, COM_RESET_CONNECTION or COM_CHANGE_USER",
        PinCause.SqlPreparedStatement => "all are deallocated, COM_RESET_CONNECTION or COM_CHANGE_USER",
        PinCause.Handlers => "all are closed, COM_RESET_CONNECTION or COM_CHANGE_USER",
        PinCause.NamedLocks => "RELEASE_ALL_LOCKS(), COM_RESET_CONNECTION or COM_CHANGE_USER",
        PinCause.OneShotTransaction => "that transaction ends",
        PinCause.FoundRows => "the next statement is done",
        PinCause.Replication or PinCause.SessionMode or PinCause.RdsRules => null,
        _ => "COM_RESET_CONNECTION or COM_CHANGE_USER",
    };
}
