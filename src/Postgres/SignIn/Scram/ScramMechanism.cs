namespace Sento.Postgres.SignIn.Scram;

/// <summary>Names of RFC 7677 and the one channel binding that PostgreSQL speaks, RFC 5929.</summary>
internal static class ScramMechanism
{
    public const string Plain = "SCRAM-SHA-256";
    public const string Plus = "SCRAM-SHA-256-PLUS";
    public const string BindingType = "tls-server-end-point";

    /// <summary>Opens the client's first message when it binds to the channel.</summary>
    public static ReadOnlySpan<byte> PlusHeader => "p=tls-server-end-point,,"u8;

    /// <summary>Random bytes of a nonce, as many as PostgreSQL takes.</summary>
    public const int NonceBytes = 18;
}
