using System.Security.Cryptography;
using System.Text;
using Sento.Base;
using Sento.MySql.Wire;

namespace Sento.MySql.SignIn;

/// <summary>What decides one sign-in to a server. Immutable.</summary>
internal sealed record ServerSignInTerms
{
    public required string User { get; init; }

    public required string Database { get; init; }

    public required PasswordSecret Secret { get; init; }

    /// <summary>The secret was made for this sign-in alone, and is wiped after it.</summary>
    public bool OwnsSecret { get; init; }

    public required Capabilities Capabilities { get; init; }

    public required MariaDbCapabilities MariaDb { get; init; }

    /// <summary>TLS where the server has it.</summary>
    public required bool WantsTls { get; init; }

    /// <summary>No TLS, no sign-in.</summary>
    public required bool NeedsTls { get; init; }

    /// <summary>A Unix socket: nobody can listen.</summary>
    public required bool IsUnix { get; init; }

    /// <summary>Shown in the server's own views; null: nobody.</summary>
    public string? Principal { get; init; }
}

/// <summary>Our side towards a server, from its greeting to its OK. Pure; one for each connection.</summary>
internal sealed class ServerSignIn(ServerSignInTerms terms) : IDisposable
{
    /// <summary>utf8mb4_general_ci: known to each server; what the client wants is set later.</summary>
    public const byte Charset = 45;

    private static readonly (string, string)[] Attributes =
        [("_client_name", "sento"), ("program_name", "sento")];

    private Phase _phase;
    private byte _sequence;
    private string _plugin = "";
    private byte[] _salt = [];
    private bool _isTls;

    private enum Phase
    {
        AwaitsGreeting, AwaitsTls, AwaitsReply, AwaitsKey, AwaitsTerms, AwaitsWork, Done, Failed,
    }

    /// <summary>The server's own words at its greeting; null: it has not spoken, or is none for us.</summary>
    public Greeting? Greeting { get; private set; }

    /// <summary>What was agreed on.</summary>
    public Capabilities Capabilities { get; private set; }

    public MariaDbCapabilities MariaDb { get; private set; }

    /// <summary>Of the session's first OK.</summary>
    public ServerStatus Status { get; private set; }

    /// <summary>Set when failed.</summary>
    public ErrPacket? Error { get; private set; }

    private byte[] _nonce = [];
    private byte[] _terms = [];
    private byte[] _signature = [];

    public SignInStep Feed(ReadOnlySpan<byte> window, ByteBuffer output)
    {
        if (!SignInPacket.TryRead(window, _sequence, out var payload, out var totalBytes))
            return new SignInStep(SignInStatus.NeedMore);
        if (payload.IsEmpty)
            throw new ProtocolViolation("the server sent an empty packet during sign-in");
        _sequence++;
        var step = payload[0] == Reply.Error ? Refused(ErrPacket.Read(payload))
            : _phase switch
            {
                Phase.AwaitsGreeting => TakeGreeting(payload, output),
                Phase.AwaitsKey => TakeKey(payload, output),
                Phase.AwaitsTerms => TakeTerms(payload),
                Phase.AwaitsReply => TakeReply(payload, output),
                _ => throw new ProtocolViolation("the server spoke out of turn during sign-in"),
            };
        return step with { Consumed = totalBytes };
    }

    /// <summary>TLS stands, or work is done.</summary>
    public SignInStep Resume(ByteBuffer output)
    {
        if (_phase == Phase.AwaitsTls)
        {
            _isTls = true;
            return Respond(output);
        }
        Invariant.Holds(_phase == Phase.AwaitsWork);
        return Send(output, _signature);
    }

    public void Dispose()
    {
        if (terms.OwnsSecret)
            terms.Secret.Wipe();
    }

    /// <summary>To be run off the loop when work is needed.</summary>
    public void RunWork() => _signature = _plugin == AuthPlugin.Parsec
        ? ParsecProof.Of(terms.Secret.Password, _terms, _nonce)
        : Ed25519Signature.Sign(terms.Secret.Password, _nonce);

    private SignInStep TakeGreeting(ReadOnlySpan<byte> payload, ByteBuffer output)
    {
        var greeting = Greeting.Read(payload);
        if ((greeting.Capabilities & CapabilitySets.Needed) != CapabilitySets.Needed)
        {
            return Refused(new ErrPacket(1043, "08S01",
                $"Sento needs MySQL 5.7.5 or MariaDB 10.2 at least; the server is {greeting.Version}"));
        }
        var isSupported = (greeting.Capabilities & Capabilities.Ssl) != 0;
        if (terms.NeedsTls && !isSupported)
            return Refused(new ErrPacket(2026, "HY000",
                "The target does not speak TLS, which its Tls demands."));
        Greeting = greeting;
        _plugin = Greeting.Plugin.Length == 0 ? AuthPlugin.Native : Greeting.Plugin;
        _salt = Greeting.Salt;
        MariaDb = Greeting.MariaDb & terms.MariaDb;
        Capabilities = Greeting.Capabilities & terms.Capabilities | Capabilities.LongPassword;
        if (MariaDb != MariaDbCapabilities.None)
            Capabilities &= ~Capabilities.LongPassword;
        if (terms.Database.Length > 0)
            Capabilities |= Capabilities.ConnectWithDb;
        if (!isSupported || !terms.WantsTls)
            return Respond(output);
        Capabilities |= Capabilities.Ssl;
        Response().WriteSslRequest(output, _sequence++);
        _phase = Phase.AwaitsTls;
        return new SignInStep(SignInStatus.NeedsTls);
    }

    private SignInStep Respond(ByteBuffer output)
    {
        Response().Write(
            output, _sequence++,
            terms.Principal is { } principal ? [.. Attributes, ("principal", principal)] : Attributes);
        return Await(Phase.AwaitsReply);
    }

    private HandshakeResponse Response() => new()
    {
        Capabilities = Capabilities,
        MariaDb = MariaDb,
        Charset = Charset,
        User = terms.User,
        Database = terms.Database,
        Plugin = FirstPlugin,
        Proof = FirstPlugin == AuthPlugin.Native
            ? terms.Secret.NativeProof(_salt)
            : PasswordProof.CachingSha2(terms.Secret.Password, _salt),
    };

    // Of another plugin the server will ask by itself; its greeting's salt is good for these two.
    private string FirstPlugin =>
        _plugin == AuthPlugin.CachingSha2 && !terms.Secret.IsNativeAlone ? _plugin : AuthPlugin.Native;

    private SignInStep TakeReply(ReadOnlySpan<byte> payload, ByteBuffer output)
    {
        switch (payload[0])
        {
            case Reply.Ok:
                Status = OkPacket.Read(payload).Status;
                _phase = Phase.Done;
                return new SignInStep(SignInStatus.Done);
            case Reply.Eof:
                return Switch(payload, output);
            case Reply.MoreData:
                return TakeMore(payload[1..], output);
            default:
                throw new ProtocolViolation("the server's reply to our sign-in is not known");
        }
    }

    private SignInStep Switch(ReadOnlySpan<byte> payload, ByteBuffer output)
    {
        (_plugin, _salt) = SignInPacket.ReadSwitch(payload);
        if (_plugin == AuthPlugin.Native && _salt.Length >= Greeting.SaltBytes)
            return Send(output, terms.Secret.NativeProof(_salt.AsSpan(0, Greeting.SaltBytes)));
        if (terms.Secret.IsNativeAlone)
        {
            return Refused(new ErrPacket(2059, "HY000", $"The target wants the password by {_plugin}; what "
                + "AuthQuery found and its client proved opens a connection by mysql_native_password."));
        }
        var password = terms.Secret.Password;
        switch (_plugin)
        {
            case AuthPlugin.CachingSha2 when _salt.Length >= Greeting.SaltBytes:
                return Send(output, PasswordProof.CachingSha2(password, _salt.AsSpan(0, Greeting.SaltBytes)));
            case AuthPlugin.Clear when _isTls || terms.IsUnix:
                return Send(output, [.. password, 0]);
            case AuthPlugin.Ed25519:
                _nonce = _salt;
                return AwaitWork();
            case AuthPlugin.Parsec when _salt.Length == ParsecProof.NonceBytes:
                _nonce = _salt;
                SignInPacket.Write(output, _sequence++, []);
                return Await(Phase.AwaitsTerms);
            default:
                return Refused(new ErrPacket(2059, "HY000",
                    $"The target wants the password by {_plugin}, which Sento does not speak here."));
        }
    }

    private SignInStep TakeMore(ReadOnlySpan<byte> data, ByteBuffer output)
    {
        if (_plugin != AuthPlugin.CachingSha2 || data.Length != 1 || data[0] is not (3 or 4))
            throw new ProtocolViolation("the server's question during sign-in is not known");
        if (data[0] == 3)
            return Await(Phase.AwaitsReply);
        if (_isTls || terms.IsUnix)
            return Send(output, [.. terms.Secret.Password, 0]);
        SignInPacket.Write(output, _sequence++, [2]);
        return Await(Phase.AwaitsKey);
    }

    private SignInStep TakeTerms(ReadOnlySpan<byte> payload)
    {
        if (payload[0] != Reply.MoreData || !ParsecProof.AreTerms(payload[1..]))
            return Refused(new ErrPacket(2059, "HY000", "The target wants the password by parsec with a key "
                + "that is derived in another way, or in more rounds, than Sento does."));
        _terms = payload[1..].ToArray();
        return AwaitWork();
    }

    private SignInStep AwaitWork()
    {
        _phase = Phase.AwaitsWork;
        return new SignInStep(SignInStatus.NeedsWork);
    }

    private SignInStep TakeKey(ReadOnlySpan<byte> payload, ByteBuffer output)
    {
        if (payload[0] != Reply.MoreData)
            throw new ProtocolViolation("the server did not send its public key");
        using var key = RSA.Create();
        try
        {
            key.ImportFromPem(Encoding.ASCII.GetString(payload[1..]));
            var hidden = PasswordProof.Obscure(terms.Secret.Password, _salt.AsSpan(0, Greeting.SaltBytes));
            return Send(output, key.Encrypt(hidden, RSAEncryptionPadding.OaepSHA1));
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException)
        {
            throw new ProtocolViolation("the server's public key can't be used");
        }
    }

    private SignInStep Send(ByteBuffer output, ReadOnlySpan<byte> proof)
    {
        SignInPacket.Write(output, _sequence++, proof);
        return Await(Phase.AwaitsReply);
    }

    private SignInStep Await(Phase phase)
    {
        _phase = phase;
        return new SignInStep(SignInStatus.NeedMore);
    }

    private SignInStep Refused(ErrPacket error)
    {
        _phase = Phase.Failed;
        Error = error;
        return new SignInStep(SignInStatus.Failed);
    }
}
