namespace Sento.Postgres.SignIn;

/// <summary>What the first bytes of a connection mean.</summary>
public abstract record StartupVerdict
{
    private StartupVerdict()
    {
    }

    /// <summary>Bytes of the window that this verdict has used up.</summary>
    public int Consumed { get; private init; }

    /// <param name="Bytes">Length that the window must have at least.</param>
    public sealed record NeedMore(int Bytes) : StartupVerdict;

    /// <summary>The client starts TLS at once; nothing is consumed.</summary>
    /// <remarks>
    /// The handshake must agree on the ALPN name `postgresql`. PostgreSQL 17, SSL Session Encryption.
    /// </remarks>
    public sealed record TlsHello : StartupVerdict;

    /// <summary>Answer with one byte: S and TLS, or N and a new verdict.</summary>
    public sealed record SslRequest : StartupVerdict;

    /// <summary>Answer with one byte, N, and a new verdict.</summary>
    public sealed record GssEncRequest : StartupVerdict;

    /// <param name="Key">4 to 256 bytes.</param>
    public sealed record CancelRequest(int ProcessId, byte[] Key) : StartupVerdict;

    public sealed record Startup(StartupParameters Parameters) : StartupVerdict;

    /// <param name="IsSilent">
    /// PostgreSQL closes without a word: what came is likely not a client of ours.
    /// </param>
    public sealed record Refuse(SignInError Error, bool IsSilent = false) : StartupVerdict;

    internal StartupVerdict After(int consumed) => this with { Consumed = consumed };
}
