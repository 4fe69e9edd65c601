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

    // AES-GCM is good for 2^24.5 full records under one key (RFC 8446, Limits on Key Usage), and a pooled server
    // connection can live long enough to get there. At the bound a TLS 1.3 key is changed.
    private const int RecordsPerKeyMax = 1 << 23;

    private readonly bool _isServer;
    private readonly TlsAlpn _alpn;
    private readonly TlsVerification _verification;
    private readonly ReadOnlyMemory<byte> _serverEndPointHash;
    private nint _ssl;
    private WireWindow* _wire;
    private int _recordsOfKey;
    private bool _isInCall;

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
        OpenSsl.ERR_clear_error();
        _ssl = OpenSsl.SSL_new(context);
        Invariant.Holds(_ssl != 0);
        _wire = (WireWindow*)NativeMemory.AllocZeroed((nuint)sizeof(WireWindow));
        var bio = WireBio.Make(_wire);
        OpenSsl.SSL_set_bio(_ssl, bio, bio);
        if (isServer)
            OpenSsl.SSL_set_accept_state(_ssl);
        else
            OpenSsl.SSL_set_connect_state(_ssl);
    }

    private enum Verb
    {
        Handshake,
        Read,
        Write,
        Shutdown,
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
        (OpenSsl.SSL_get_shutdown(Live) & OpenSsl.ShutdownReceived) != 0;

    /// <summary>Plain bytes that are decrypted and wait for the next <see cref="Read"/>.</summary>
    public int PendingPlain => OpenSsl.SSL_pending(Live);

    /// <summary>
    /// The binding of tls-server-end-point (RFC 5929): on both sides, the hash of the server's certificate.
    /// </summary>
    public ReadOnlyMemory<byte> ServerEndPointHash => _isServer
        ? _serverEndPointHash
        : CertificateReader.EndPointHash(OpenSsl.SSL_get0_peer_certificate(Live));

    private nint Live
    {
        get
        {
            Invariant.Holds(_ssl != 0);
            return _ssl;
        }
    }

    /// <summary>Protocol version, cipher, names: to be asked once the session is established.</summary>
    public TlsAgreement ReadAgreement()
    {
        Invariant.Holds(IsEstablished);
        return TlsAgreement.Of(Live);
    }

    /// <summary>The other side's certificate, or null if it sent none.</summary>
    public TlsPeer? ReadPeer()
    {
        var certificate = OpenSsl.SSL_get0_peer_certificate(Live);
        if (certificate == 0)
            return null;
        return new TlsPeer(
            VerifiesPeer && OpenSsl.SSL_get_verify_result(_ssl) == 0,
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
            Lend(input, cipherIn.Length);
            var done = Run(Verb.Handshake, null, 0, cipherOut, FlightBytes, out var error);
            var consumed = TakeBack();
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
            Lend(input, cipherIn.Length);
            var status = ReadInto(output, plain.Length, cipherOut, out var written);
            return new TlsResult(status, TakeBack(), written);
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
            fixed (byte* bytes = plain)
            {
                if (Run(Verb.Write, bytes, count, cipherOut, count + RecordOverheadBytes, out _) != count)
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
        Run(Verb.Shutdown, null, 0, cipherOut, ReplyBytes, out _);
        OpenSsl.ERR_clear_error();
    }

    public void Dispose()
    {
        if (_ssl == 0)
            return;
        Invariant.Holds(!_isInCall);
        OpenSsl.SSL_free(_ssl);
        NativeMemory.Free(_wire);
        _ssl = 0;
        _wire = null;
    }

    internal static TlsSession Server(
        SslContextHandle context, ReadOnlyMemory<byte> endPointHash, TlsAlpn alpn) =>
        new(context, isServer: true, TlsVerification.None, alpn, endPointHash);

    internal static TlsSession Client(SslContextHandle context, TlsVerification verification, TlsAlpn alpn) =>
        new(context, isServer: false, verification, alpn, default);

    internal string? ExpectHost(string host) => ExpectedHost.Set(Live, host, _verification);

    private TlsStatus Establish()
    {
        if (_alpn == TlsAlpn.Required && TlsAgreement.AlpnOf(_ssl) is null)
        {
            FailureReason = "no application protocol was agreed on (ALPN), which a direct TLS start demands";
            return TlsStatus.Failed;
        }
        IsEstablished = true;
        // Not earlier: during the handshake OpenSSL must leave what follows it in the caller's hands.
        OpenSsl.SSL_set_read_ahead(_ssl, 1);
        return TlsStatus.Ok;
    }

    private TlsStatus ReadInto(byte* plain, int room, ByteBuffer cipherOut, out int written)
    {
        written = 0;
        while (written < room)
        {
            var count = Run(Verb.Read, plain + written, room - written, cipherOut, ReplyBytes, out var error);
            if (count > 0)
                written += count;
            else if (error == OpenSsl.ErrorWantRead)
                return TlsStatus.WantMore;
            else
                return error == OpenSsl.ErrorZeroReturn ? TlsStatus.CloseNotify : Fail();
            // Asking once more would end in WANT_READ, at the price of an 18 kB buffer made and released.
            if (IsExhausted)
                return TlsStatus.WantMore;
        }
        return TlsStatus.Ok;
    }

    /// <summary>A server that asks for certificates verifies them; a client may be told not to.</summary>
    private bool VerifiesPeer => _isServer || _verification != TlsVerification.None;

    private bool IsExhausted => _wire->InTaken == _wire->InLength && OpenSsl.SSL_has_pending(_ssl) == 0;

    private void RequestKeyUpdate(int kind)
    {
        Invariant.Holds(IsEstablished);
        OpenSsl.ERR_clear_error();
        OpenSsl.SSL_key_update(Live, kind);
        OpenSsl.ERR_clear_error();
        _recordsOfKey = 0;
    }

    /// <summary>
    /// One call into OpenSSL, repeated with twice the room for as long as its output does not fit.
    /// </summary>
    private int Run(Verb verb, byte* bytes, int count, ByteBuffer cipherOut, int room, out int error)
    {
        Invariant.Holds(!_isInCall);
        _isInCall = true;
        int result;
        do
        {
            var before = cipherOut.Length;
            fixed (byte* output = cipherOut.Reserve(room))
            {
                _wire->Out = output;
                _wire->OutRoom = room;
                _wire->OutWritten = 0;
                result = Call(verb, bytes, count, out error);
            }
            cipherOut.Truncate(before + _wire->OutWritten);
            _wire->OutRoom = 0;
            room *= 2;
        }
        while (error == OpenSsl.ErrorWantWrite);
        _isInCall = false;
        return result;
    }

    private int Call(Verb verb, byte* bytes, int count, out int error)
    {
        // Left over from whoever used this thread before, an error would be taken for ours.
        OpenSsl.ERR_clear_error();
        var result = verb switch
        {
            Verb.Handshake => OpenSsl.SSL_do_handshake(Live),
            Verb.Read => OpenSsl.SSL_read(Live, bytes, count),
            Verb.Write => OpenSsl.SSL_write(Live, bytes, count),
            _ => OpenSsl.SSL_shutdown(Live),
        };
        error = result > 0 ? 0 : OpenSsl.SSL_get_error(_ssl, result);
        return result;
    }

    private void Lend(byte* input, int length)
    {
        Invariant.Holds(_ssl != 0);
        _wire->In = input;
        _wire->InLength = length;
        _wire->InTaken = 0;
    }

    private int TakeBack()
    {
        var taken = _wire->InTaken;
        *_wire = default;
        return taken;
    }

    /// <summary>To be called on the thread of the failed call, before any other.</summary>
    private TlsStatus Fail()
    {
        var reason = OpenSslLibrary.DrainErrors();
        var verdict = OpenSsl.SSL_get_verify_result(_ssl);
        FailureReason = verdict == 0 || IsEstablished || !VerifiesPeer
            ? reason
            : $"{reason}: {Marshal.PtrToStringUTF8(OpenSsl.X509_verify_cert_error_string(verdict))}";
        return TlsStatus.Failed;
    }
}
