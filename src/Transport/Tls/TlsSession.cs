using System.Runtime.InteropServices;
using Sento.Base;

namespace Sento.Transport.Tls;

/// <summary>What to make of a handshake in which no application protocol was agreed on (ALPN).</summary>
public enum TlsAlpn
{
    Optional,

    /// <summary>
    /// The handshake fails: a connection that starts with TLS must say which protocol it means.
    /// </summary>
    Required,
}

/// <summary>One TLS connection without a socket: wire bytes in, plain bytes out, and back.</summary>
/// <remarks>
/// Any thread, one at a time; the owner disposes it, never while a call runs. Between calls it holds no
/// buffer unless part of a record has arrived. Wire bytes that come before the handshake begins are the
/// caller's to refuse.
/// </remarks>
public sealed unsafe class TlsSession : IDisposable
{
    private const int RecordPlainBytesMax = 16 * 1024;

    // Header 5, explicit IV 16, content type 1, MAC or tag up to 48, padding up to 16; a shortage only costs
    // a retry.
    private const int RecordOverheadBytes = 128;

    // Alerts and answers to key updates; a shortage only costs a retry.
    private const int ReplyBytes = 256;
    private const int FlightBytes = 4096;

    // AES-GCM is good for 2^24.5 full records under one key (RFC 8446, Limits on Key Usage), and a pooled
    // server connection can live long enough to get there. At the bound a TLS 1.3 key is changed.
    private const int RecordsPerKeyMax = 1 << 23;

    private readonly bool _isServer;
    private readonly TlsAlpn _alpn;
    private readonly TlsVerification _verification;
    private readonly ReadOnlyMemory<byte> _serverEndPointHash;
    private readonly SslObject _ssl;
    private int _recordsOfKey;

    private TlsSession(
        SslContextHandle context,
        bool isServer,
        TlsVerification verification,
        TlsAlpn alpn,
        ReadOnlyMemory<byte> serverEndPointHash)
    {
        _isServer = isServer;
        _verification = verification;
        _alpn = alpn;
        _serverEndPointHash = serverEndPointHash;
        _ssl = new SslObject(context, isServer);
    }

    public bool IsEstablished { get; private set; }

    /// <summary>
    /// Why <see cref="TlsStatus.Failed"/> was returned. Holds nothing that the peer could choose freely.
    /// </summary>
    public string? FailureReason { get; private set; }

    /// <summary>
    /// The peer has ended its stream as TLS demands. False when its socket ends: the stream may have been cut
    /// off.
    /// </summary>
    public bool HasReceivedCloseNotify =>
        (OpenSsl.SSL_get_shutdown(_ssl.Pointer) & OpenSsl.ShutdownReceived) != 0;

    /// <summary>Plain bytes that are decrypted and wait for the next <see cref="Read"/>.</summary>
    public int PendingPlain => OpenSsl.SSL_pending(_ssl.Pointer);

    /// <summary>
    /// The binding of tls-server-end-point (RFC 5929): on both sides, the hash of the server's certificate.
    /// </summary>
    public ReadOnlyMemory<byte> ServerEndPointHash => _isServer
        ? _serverEndPointHash
        : CertificateReader.EndPointHash(OpenSsl.SSL_get0_peer_certificate(_ssl.Pointer));

    /// <summary>A server that asks for certificates verifies them; a client may be told not to.</summary>
    private bool VerifiesPeer => _isServer || _verification != TlsVerification.None;

    /// <summary>Protocol version, cipher, names: to be asked once the session is established.</summary>
    public TlsAgreement ReadAgreement()
    {
        Invariant.Holds(IsEstablished);
        return TlsAgreement.Of(_ssl.Pointer);
    }

    /// <summary>The other side's certificate, or null if it sent none.</summary>
    public TlsPeer? ReadPeer()
    {
        var certificate = OpenSsl.SSL_get0_peer_certificate(_ssl.Pointer);
        if (certificate == 0)
            return null;
        return new TlsPeer(
            VerifiesPeer && OpenSsl.SSL_get_verify_result(_ssl.Pointer) == 0,
            CertificateReader.CommonName(certificate),
            CertificateReader.DistinguishedName(certificate),
            CertificateReader.Der(certificate));
    }

    /// <summary>Takes the next wire bytes of the handshake; a client begins with none.</summary>
    /// <remarks>
    /// Costs up to a millisecond of public-key work. With Ok, wire bytes beyond the consumed ones belong to
    /// <see cref="Read"/>. With every status, <paramref name="cipherOut"/> must be sent.
    /// </remarks>
    public TlsResult Handshake(ReadOnlySpan<byte> cipherIn, ByteBuffer cipherOut)
    {
        Invariant.Holds(!IsEstablished);
        if (FailureReason is not null)
            return new TlsResult(TlsStatus.Failed, 0, 0);
        fixed (byte* input = cipherIn)
        {
            _ssl.Lend(input, cipherIn.Length);
            var done = _ssl.Run(SslVerb.Handshake, null, 0, cipherOut, FlightBytes, out var error);
            var consumed = _ssl.TakeBack();
            if (done == 1)
                return new TlsResult(Establish(), consumed, 0);
            return new TlsResult(error == OpenSsl.ErrorWantRead ? TlsStatus.WantMore : Fail(), consumed, 0);
        }
    }

    /// <summary>Takes wire bytes and writes plain ones until either side is exhausted.</summary>
    /// <param name="cipherOut">
    /// Gets alerts and answers to key updates: rarely anything, but then it must be sent.
    /// </param>
    public TlsResult Read(ReadOnlySpan<byte> cipherIn, Span<byte> plain, ByteBuffer cipherOut)
    {
        Invariant.Holds(IsEstablished);
        Invariant.Holds(plain.Length > 0);
        if (FailureReason is not null)
            return new TlsResult(TlsStatus.Failed, 0, 0);
        fixed (byte* input = cipherIn, output = plain)
        {
            _ssl.Lend(input, cipherIn.Length);
            var status = ReadInto(output, plain.Length, cipherOut, out var written);
            return new TlsResult(status, _ssl.TakeBack(), written);
        }
    }

    /// <summary>Appends <paramref name="plain"/> as records of at most 16 kB.</summary>
    /// <returns>False: the session has failed, now or earlier, and nothing more can be sent.</returns>
    public bool Encrypt(ReadOnlySpan<byte> plain, ByteBuffer cipherOut)
    {
        Invariant.Holds(IsEstablished);
        while (plain.Length > 0 && FailureReason is null)
        {
            var count = Math.Min(plain.Length, RecordPlainBytesMax);
            if (++_recordsOfKey > RecordsPerKeyMax)
                RequestKeyUpdate(OpenSsl.KeyUpdateNotRequested);
            var room = count + RecordOverheadBytes;
            fixed (byte* bytes = plain)
            {
                if (_ssl.Run(SslVerb.Write, bytes, count, cipherOut, room, out _) != count)
                    Fail();
            }
            plain = plain[count..];
        }
        return FailureReason is null;
    }

    /// <summary>
    /// Changes the keys of both directions with the next record sent. TLS 1.3 only: else nothing happens.
    /// </summary>
    public void RequestKeyUpdate() => RequestKeyUpdate(OpenSsl.KeyUpdateRequested);

    /// <summary>Says that we send no more (close_notify). Harmless in any state.</summary>
    public void Close(ByteBuffer cipherOut)
    {
        if (!IsEstablished || FailureReason is not null)
            return;
        _ssl.Run(SslVerb.Shutdown, null, 0, cipherOut, ReplyBytes, out _);
        OpenSsl.ERR_clear_error();
    }

    public void Dispose() => _ssl.Dispose();

    internal static TlsSession Server(
        SslContextHandle context, ReadOnlyMemory<byte> endPointHash, TlsAlpn alpn) =>
        new(context, isServer: true, TlsVerification.None, alpn, endPointHash);

    internal static TlsSession Client(SslContextHandle context, TlsVerification verification, TlsAlpn alpn) =>
        new(context, isServer: false, verification, alpn, default);

    internal string? ExpectHost(string host) => ExpectedHost.Set(_ssl.Pointer, host, _verification);

    private TlsStatus Establish()
    {
        if (_alpn == TlsAlpn.Required && TlsAgreement.AlpnOf(_ssl.Pointer) is null)
        {
            FailureReason = "no application protocol was agreed on (ALPN), which a direct TLS start demands";
            return TlsStatus.Failed;
        }
        IsEstablished = true;
        // Not earlier: during the handshake OpenSSL must leave what follows it in the caller's hands.
        OpenSsl.SSL_set_read_ahead(_ssl.Pointer, 1);
        // A client's handshake leaves a buffer of 16 kB behind, for as long as it sends nothing.
        OpenSsl.SSL_free_buffers(_ssl.Pointer);
        return TlsStatus.Ok;
    }

    private TlsStatus ReadInto(byte* plain, int plainMax, ByteBuffer cipherOut, out int written)
    {
        written = 0;
        while (written < plainMax)
        {
            var room = plainMax - written;
            var count = _ssl.Run(SslVerb.Read, plain + written, room, cipherOut, ReplyBytes, out var error);
            if (count > 0)
                written += count;
            else if (error == OpenSsl.ErrorWantRead)
                return TlsStatus.WantMore;
            else
                return error == OpenSsl.ErrorZeroReturn ? TlsStatus.CloseNotify : Fail();
            // Asking once more would end in WANT_READ, at the price of an 18 kB buffer made and released.
            if (_ssl.IsExhausted)
                return TlsStatus.WantMore;
        }
        return TlsStatus.Ok;
    }

    private void RequestKeyUpdate(int kind)
    {
        Invariant.Holds(IsEstablished);
        OpenSsl.ERR_clear_error();
        OpenSsl.SSL_key_update(_ssl.Pointer, kind);
        OpenSsl.ERR_clear_error();
        _recordsOfKey = 0;
    }

    /// <summary>To be called on the thread of the failed call, before any other.</summary>
    private TlsStatus Fail()
    {
        var reason = OpenSslLibrary.DrainErrors();
        var verdict = OpenSsl.SSL_get_verify_result(_ssl.Pointer);
        FailureReason = verdict == 0 || IsEstablished || !VerifiesPeer
            ? reason
            : $"{reason}: {Marshal.PtrToStringUTF8(OpenSsl.X509_verify_cert_error_string(verdict))}";
        return TlsStatus.Failed;
    }
}
