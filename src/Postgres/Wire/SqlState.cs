namespace Sento.Postgres.Wire;

/// <summary>The error codes that we send or act upon. PostgreSQL 18, PostgreSQL Error Codes.</summary>
public static class SqlState
{
    public const string ConnectionException = "08000";
    public const string ConnectionFailure = "08006";
    public const string ProtocolViolation = "08P01";
    public const string FeatureNotSupported = "0A000";
    public const string CharacterNotInRepertoire = "22021";
    public const string InvalidParameterValue = "22023";
    public const string InvalidAuthorizationSpecification = "28000";
    public const string InvalidPassword = "28P01";
    public const string SyntaxError = "42601";
    public const string UndefinedObject = "42704";
    public const string TooManyConnections = "53300";
    public const string QueryCanceled = "57014";
    public const string AdminShutdown = "57P01";
    public const string CannotConnectNow = "57P03";
    public const string InternalError = "XX000";

    /// <summary>Five digits or capital letters.</summary>
    public static bool IsWellFormed(ReadOnlySpan<byte> text)
    {
        if (text.Length != 5)
            return false;
        foreach (var letter in text)
        {
            if (letter is not (>= (byte)'0' and <= (byte)'9' or >= (byte)'A' and <= (byte)'Z'))
                return false;
        }
        return true;
    }
}
