using System.Runtime.InteropServices;
using Sento.Base;

namespace Sento.Transport.Tls;

internal enum SslVerb
{
    Handshake,
    Read,
    Write,
    Shutdown,
}

/// <summary>
/// An OpenSSL SSL object, the window over which it sees the wire, and the one way to call it.
/// </summary>
/// <remarks>
/// Belongs to one <see cref="TlsSession"/>. Wire bytes are lent for the length of one call only.
/// </remarks>
internal sealed unsafe class SslObject : IDisposable
{
    private nint _ssl;
    private WireWindow* _wire;
    private bool _isInCall;

    public SslObject(SslContextHandle context, bool isServer)
    {
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

    /// <summary>For calls that neither read nor write the wire.</summary>
    public nint Pointer
    {
        get
        {
            Invariant.Holds(_ssl != 0);
            return _ssl;
        }
    }

    /// <summary>
    /// All lent bytes are taken, and OpenSSL holds back no plain byte and no part of a record.
    /// </summary>
    public bool IsExhausted => _wire->InTaken == _wire->InLength && OpenSsl.SSL_has_pending(_ssl) == 0;

    public void Lend(byte* input, int length)
    {
        Invariant.Holds(_ssl != 0);
        _wire->In = input;
        _wire->InLength = length;
        _wire->InTaken = 0;
    }

    /// <returns>How many of the lent bytes were taken.</returns>
    public int TakeBack()
    {
        var taken = _wire->InTaken;
        *_wire = default;
        return taken;
    }

    /// <summary>
    /// One call into OpenSSL, repeated with twice the room for as long as its output does not fit.
    /// </summary>
    /// <param name="bytes">Plain bytes to write, or room for those to read.</param>
    /// <param name="room">Wire bytes that will probably be appended to <paramref name="cipherOut"/>.</param>
    /// <param name="error">0, or the SSL_ERROR of the call.</param>
    public int Run(SslVerb verb, byte* bytes, int count, ByteBuffer cipherOut, int room, out int error)
    {
        Invariant.Holds(!_isInCall);
        _isInCall = true;
        try
        {
            int result;
            do
            {
                result = RunOnce(verb, bytes, count, cipherOut, room, out error);
                room *= 2;
            }
            while (error == OpenSsl.ErrorWantWrite);
            return result;
        }
        finally
        {
            _isInCall = false;
        }
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

    private int RunOnce(SslVerb verb, byte* bytes, int count, ByteBuffer cipherOut, int room, out int error)
    {
        int result;
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
        return result;
    }

    private int Call(SslVerb verb, byte* bytes, int count, out int error)
    {
        // Left over from whoever used this thread before, an error would be taken for ours.
        OpenSsl.ERR_clear_error();
        var result = verb switch
        {
            SslVerb.Handshake => OpenSsl.SSL_do_handshake(Pointer),
            SslVerb.Read => OpenSsl.SSL_read(Pointer, bytes, count),
            SslVerb.Write => OpenSsl.SSL_write(Pointer, bytes, count),
            _ => OpenSsl.SSL_shutdown(Pointer),
        };
        error = result > 0 ? 0 : OpenSsl.SSL_get_error(_ssl, result);
        return result;
    }
}
