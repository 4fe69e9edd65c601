using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sento.Base;

namespace Sento.Transport.Tls;

/// <summary>
/// Certificates, authorities and rules, from which sessions are made. Immutable; any thread.
/// </summary>
/// <remarks>
/// Sessions outlive it: each holds its own reference to what it needs. A context that others may still be
/// using is best left to the garbage collector instead of disposed.
/// </remarks>
public sealed unsafe class TlsContext : IDisposable
{
    // Forward secrecy only; the modes with CBC stay for clients of the first years of TLS 1.2. TLS 1.3 is not
    // concerned.
    private const string ServerCiphersOfTls12 = "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:!aNULL:!PSK";

    private readonly SslContextHandle _handle;
    private readonly bool _isServer;
    private readonly TlsVerification _verification;

    private TlsContext(SslContextHandle handle, bool isServer, TlsVerification verification)
    {
        _handle = handle;
        _isServer = isServer;
        _verification = verification;
    }

    /// <summary>
    /// Our certificate's hash for the channel binding tls-server-end-point (RFC 5929). Empty for clients, and
    /// for certificates whose signature has no digest of its own (Ed25519), where the binding is not defined.
    /// </summary>
    public ReadOnlyMemory<byte> ServerEndPointHash { get; private init; }

    /// <param name="error">Which file or setting is at fault and how, fit for a log.</param>
    public static bool TryForServer(
        TlsServerOptions options,
        [NotNullWhen(true)] out TlsContext? context,
        [NotNullWhen(false)] out string? error)
    {
        context = null;
        error = OpenSslLibrary.Fault;
        if (error is not null)
            return false;
        var handle = NewHandle(OpenSsl.TLS_server_method(), options.MinVersion, options.MaxVersion);
        error = LoadIdentity(handle, options.CertificateFile, options.KeyFile)
            ?? AskForClientCertificates(handle, options.ClientAuthoritiesFile);
        if (error is not null)
        {
            handle.Dispose();
            return false;
        }
        OpenSsl.SSL_CTX_set_cipher_list(handle, ServerCiphersOfTls12);
        OpenSsl.SSL_CTX_callback_ctrl(handle, OpenSsl.CtrlServerNameCallback, &AcceptAnyServerName);
        ResumeByTickets(handle);
        if (options.AlpnProtocol is { } protocol)
            AlpnName.SelectIn(handle, protocol);
        context = new TlsContext(handle, isServer: true, TlsVerification.None)
        {
            ServerEndPointHash = CertificateReader.EndPointHash(OpenSsl.SSL_CTX_get0_certificate(handle)),
        };
        return true;
    }

    /// <param name="error">Which file or setting is at fault and how, fit for a log.</param>
    public static bool TryForClient(
        TlsClientOptions options,
        [NotNullWhen(true)] out TlsContext? context,
        [NotNullWhen(false)] out string? error)
    {
        context = null;
        error = OpenSslLibrary.Fault;
        if (error is not null)
            return false;
        var handle = NewHandle(OpenSsl.TLS_client_method(), options.MinVersion, options.MaxVersion);
        error = LoadClientIdentity(handle, options) ?? Trust(handle, options);
        if (error is not null)
        {
            handle.Dispose();
            return false;
        }
        if (options.AlpnProtocol is { } protocol)
        {
            var names = AlpnName.Encode(protocol);
            fixed (byte* bytes = names)
                OpenSsl.SSL_CTX_set_alpn_protos(handle, bytes, (uint)names.Length);
        }
        context = new TlsContext(handle, isServer: false, options.Verification);
        return true;
    }

    /// <summary>A session with a client that has connected to us.</summary>
    public TlsSession NewServerSession(TlsAlpn alpn = TlsAlpn.Optional)
    {
        Invariant.Holds(_isServer);
        return TlsSession.Server(_handle, ServerEndPointHash, alpn);
    }

    /// <summary>A session with the server that we dial.</summary>
    /// <param name="host">
    /// A DNS name or an address, as dialled: sent (names only) and verified as the rules say.
    /// </param>
    /// <param name="error">The host cannot be a name of a certificate.</param>
    public bool TryNewClientSession(
        string host,
        [NotNullWhen(true)] out TlsSession? session,
        [NotNullWhen(false)] out string? error,
        TlsAlpn alpn = TlsAlpn.Optional)
    {
        Invariant.Holds(!_isServer);
        session = TlsSession.Client(_handle, _verification, alpn);
        error = session.ExpectHost(host);
        if (error is null)
            return true;
        session.Dispose();
        session = null;
        return false;
    }

    public void Dispose() => _handle.Dispose();

    private static SslContextHandle NewHandle(nint method, TlsVersion min, TlsVersion max)
    {
        OpenSsl.ERR_clear_error();
        var context = OpenSsl.SSL_CTX_new(method);
        Invariant.Holds(context != 0);
        var handle = new SslContextHandle(context);
        OpenSsl.SSL_CTX_ctrl(handle, OpenSsl.CtrlMode, OpenSsl.ModeReleaseBuffers, 0);
        OpenSsl.SSL_CTX_ctrl(handle, OpenSsl.CtrlMinProtocol, (nint)min, 0);
        OpenSsl.SSL_CTX_ctrl(handle, OpenSsl.CtrlMaxProtocol, (nint)max, 0);
        OpenSsl.SSL_CTX_set_options(handle, OpenSsl.OptionNoCompression | OpenSsl.OptionNoRenegotiation);
        OpenSsl.SSL_CTX_set_default_passwd_cb(handle, &NoPassphrase);
        return handle;
    }

    private static string? LoadIdentity(SslContextHandle handle, string certificateFile, string keyFile)
    {
        if (OpenSsl.SSL_CTX_use_certificate_chain_file(handle, certificateFile) != 1)
            return $"certificate file '{certificateFile}': {OpenSslLibrary.DrainErrors()}";
        if (OpenSsl.SSL_CTX_use_PrivateKey_file(handle, keyFile, OpenSsl.FilePem) != 1)
            return $"key file '{keyFile}': {OpenSslLibrary.DrainErrors()}";
        if (OpenSsl.SSL_CTX_check_private_key(handle) != 1)
            return $"key file '{keyFile}' does not belong to certificate file '{certificateFile}': "
                + OpenSslLibrary.DrainErrors();
        return null;
    }

    private static string? LoadClientIdentity(SslContextHandle handle, TlsClientOptions options)
    {
        if (options.CertificateFile is { } certificate && options.KeyFile is { } key)
            return LoadIdentity(handle, certificate, key);
        return (options.CertificateFile ?? options.KeyFile) is { } lone
            ? $"'{lone}': a certificate file and a key file belong together, one of them is not set"
            : null;
    }

    private static string? AskForClientCertificates(SslContextHandle handle, string? authoritiesFile)
    {
        if (authoritiesFile is null)
            return null;
        if (OpenSsl.SSL_CTX_load_verify_file(handle, authoritiesFile) != 1)
            return $"client authorities file '{authoritiesFile}': {OpenSslLibrary.DrainErrors()}";
        var names = OpenSsl.SSL_load_client_CA_file(authoritiesFile);
        if (names == 0)
            return $"client authorities file '{authoritiesFile}': {OpenSslLibrary.DrainErrors()}";
        OpenSsl.SSL_CTX_set_client_CA_list(handle, names);
        OpenSsl.SSL_CTX_set_verify(handle, OpenSsl.VerifyPeer, 0);
        return null;
    }

    private static string? Trust(SslContextHandle handle, TlsClientOptions options)
    {
        if (options.Verification == TlsVerification.None)
            return null;
        OpenSsl.SSL_CTX_set_verify(handle, OpenSsl.VerifyPeer, 0);
        if (options.AuthoritiesFile is { } file)
            return OpenSsl.SSL_CTX_load_verify_file(handle, file) == 1
                ? null
                : $"authorities file '{file}': {OpenSslLibrary.DrainErrors()}";
        return OpenSsl.SSL_CTX_set_default_verify_paths(handle) == 1
            ? null
            : $"the system's authorities: {OpenSslLibrary.DrainErrors()}";
    }

    /// <summary>
    /// Resumption state stays with the clients: a cache of ours would hold a kilobyte for each of them.
    /// </summary>
    private static void ResumeByTickets(SslContextHandle handle)
    {
        OpenSsl.SSL_CTX_ctrl(handle, OpenSsl.CtrlSessionCacheMode, 0, 0);
        OpenSsl.SSL_CTX_set_num_tickets(handle, 1);
        fixed (byte* id = "sento"u8)
            OpenSsl.SSL_CTX_set_session_id_context(handle, id, 5);
    }

    /// <summary>Without it OpenSSL would ask for a passphrase on the terminal and wait.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int NoPassphrase(byte* buffer, int size, int isWriting, nint argument) => -1;

    /// <summary>
    /// Makes the name part of the session, so that it is known after a TLS 1.2 resumption too.
    /// </summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int AcceptAnyServerName(nint ssl, int* alert, nint argument) => OpenSsl.ExtensionOk;
}
