using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Sento.Tests.Support.Scripted;

/// <summary>How a scripted client asks for TLS.</summary>
public enum TlsUse
{
    /// <summary>Plain bytes, no SSLRequest.</summary>
    None,

    /// <summary>SSLRequest first; the server must agree.</summary>
    Requested,

    /// <summary>The handshake at once, with ALPN <c>postgresql</c> (PostgreSQL 17 and later, and the proxy).</summary>
    Direct,
}

/// <summary>Where to connect and as whom. A host that starts with a slash is the folder of a Unix socket, as in libpq.</summary>
public sealed record ServerDoor(string Host, int Port, string User, string Password, string Database)
{
    /// <summary>Start-up parameters besides user and database.</summary>
    public (string Name, string Value)[] Parameters { get; init; } = [];

    public int ProtocolVersion { get; init; } = ToServer.Version30;

    public TlsUse Tls { get; init; } = TlsUse.None;

    /// <summary>The certificate that the client shows when asked.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>Whether the server's certificate will do; null: any will.</summary>
    public RemoteCertificateValidationCallback? AcceptsCertificate { get; init; }

    /// <summary>Uses SCRAM-SHA-256-PLUS when the server offers it.</summary>
    public bool UsesChannelBinding { get; init; } = true;

    /// <summary>Size of both socket buffers in bytes; 0: the kernel's choice.</summary>
    public int SocketBufferBytes { get; init; }

    /// <summary>
    /// Takes in what has come before it is asked for: half the calls. A test of who reads slowly can't have
    /// it.
    /// </summary>
    public bool ReadsAhead { get; init; }

    /// <summary>How long one read may take before the script fails.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(60);

    public ServerDoor With(params (string Name, string Value)[] parameters) => this with { Parameters = parameters };

    /// <summary>All start-up parameters: user, database (unless empty), then <see cref="Parameters"/>.</summary>
    public (string Name, string Value)[] StartupParameters() =>
        [("user", User), .. Database.Length == 0 ? [] : new[] { ("database", Database) }, .. Parameters];
}
