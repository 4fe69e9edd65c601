using System.Buffers.Binary;
using Sento.Base;
using Sento.Postgres.Wire;
using static Sento.Postgres.SignIn.StartupVerdict;

namespace Sento.Postgres.SignIn;

/// <summary>Reads the packets without a code that open a connection. One for each connection; pure.</summary>
/// <remarks>
/// Total on hostile bytes: length is checked before anything else, nothing is allocated before the whole
/// packet is there, and the caller never needs a window above <see cref="PacketBytesMax"/>. PostgreSQL
/// 18, Message Flow, Start-up, and Message Formats, StartupMessage.
/// </remarks>
public sealed class StartupReader
{
    /// <summary>Length field included; PostgreSQL's bound leaves it out.</summary>
    public const int PacketBytesMax = Limits.StartupBytesMax + 4;

    private const byte TlsHandshakeRecord = 0x16;

    private bool _sslAsked;
    private bool _gssAsked;

    /// <summary>
    /// Judges the bytes received so far. A verdict other than NeedMore counts: do not ask twice.
    /// </summary>
    /// <param name="isTls">The bytes came through TLS.</param>
    public StartupVerdict Read(ReadOnlySpan<byte> window, bool isTls)
    {
        if (!isTls && !window.IsEmpty && window[0] == TlsHandshakeRecord)
            return _sslAsked || _gssAsked ? InvalidLength() : new TlsHello();
        if (window.Length < 4)
            return new NeedMore(4);
        var length = BinaryPrimitives.ReadInt32BigEndian(window);
        if (length is < 8 or > PacketBytesMax)
            return InvalidLength();
        if (window.Length < length)
            return new NeedMore(length);
        try
        {
            return Packet(window[..length], window.Length - length, isTls).After(length);
        }
        catch (ProtocolViolation violation)
        {
            return new Refuse(SignInError.Protocol(violation.Message));
        }
    }

    private StartupVerdict Packet(ReadOnlySpan<byte> packet, int bytesAfter, bool isTls)
    {
        var code = BinaryPrimitives.ReadInt32BigEndian(packet[4..]);
        var body = packet[8..];
        switch (code)
        {
            case StartupCode.CancelRequest:
                return Cancel(body);
            // A second request, or one inside TLS, is no request: it falls through to the unknown versions.
            case StartupCode.SslRequest when !isTls && !_sslAsked:
                _sslAsked = true;
                return Encryption(new SslRequest(), "SSL", body, bytesAfter);
            case StartupCode.GssEncRequest when !isTls && !_gssAsked:
                _gssAsked = true;
                return Encryption(new GssEncRequest(), "GSSAPI encryption", body, bytesAfter);
        }
        var major = (int)((uint)code >> 16);
        var minor = code & 0xffff;
        return major == 3 ? Startup(body, minor) : UnsupportedProtocol(major, minor);
    }

    /// <summary>
    /// Whatever follows the request came in clear text, from anyone on the path, and would later be taken for
    /// bytes of the encrypted session.
    /// </summary>
    private static StartupVerdict Encryption(
        StartupVerdict asked, string name, ReadOnlySpan<byte> body, int bytesAfter)
    {
        if (!body.IsEmpty)
            return InvalidLength();
        if (bytesAfter == 0)
            return asked;
        return new Refuse(SignInError.Protocol(
            $"received unencrypted data after {name} request",
            "This could be either a client-software bug or evidence of an attempted man-in-the-middle"
            + " attack."));
    }

    private static StartupVerdict Cancel(ReadOnlySpan<byte> body)
    {
        if (body.Length is < 8 or > 4 + 256)
        {
            var error = SignInError.Protocol("invalid length of cancel request packet");
            return new Refuse(error, IsSilent: true);
        }
        return new CancelRequest(BinaryPrimitives.ReadInt32BigEndian(body), body[4..].ToArray());
    }

    /// <summary>{String(name) String(value)}* Byte1(0).</summary>
    private static StartupVerdict Startup(ReadOnlySpan<byte> body, int minor)
    {
        if (body.IsEmpty || body[^1] != 0)
            return MissingTerminator();
        var draft = new StartupDraft();
        var reader = new MessageReader(body);
        // Each round takes two bytes at least and the last byte is zero: no text overruns, no round stalls.
        while (reader.Remaining > 0)
        {
            var name = reader.ReadString();
            if (name.Length == 0 && reader.Remaining == 0)
                return draft.Finish(minor);
            if (name.Length == 0 || reader.Remaining == 0)
                return MissingTerminator();
            if (draft.Take(name, reader.ReadString()) is { } error)
                return new Refuse(error);
        }
        return MissingTerminator();
    }

    private static Refuse InvalidLength() =>
        new(SignInError.Protocol("invalid length of startup packet"), IsSilent: true);

    private static Refuse MissingTerminator() =>
        new(SignInError.Protocol("invalid startup packet layout: expected terminator as last byte"));

    private static Refuse UnsupportedProtocol(int major, int minor) => new(new SignInError(
        SqlState.FeatureNotSupported,
        $"unsupported frontend protocol {major}.{minor}:"
        + $" server supports 3.0 to 3.{StartupParameters.NewestMinor}"));
}
