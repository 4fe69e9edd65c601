using System.Collections.Immutable;
using Sento.Base;
using Sento.Postgres.SignIn.Scram;
using Sento.Postgres.Wire;

namespace Sento.Postgres.SignIn;

/// <summary>Our side towards a database server, after TLS. Pure; one for each connection.</summary>
/// <remarks>
/// The server is not trusted: messages come in their order or not at all, each is bounded, all together are
/// bounded, and no proof weaker than the terms allow is given. PostgreSQL 18, Message Flow, Start-up.
/// </remarks>
public sealed class ServerSignIn
{
    private readonly ServerSignInTerms _terms;
    private readonly ServerProver _prover;
    private readonly Dictionary<string, ServerParameter> _parameters = [];
    private Phase _phase;
    private int _receivedBytes;
    private bool _hasNegotiated;
    private byte[] _key = [];

    public ServerSignIn(ServerSignInTerms terms)
    {
        Invariant.Holds(terms.User.Length > 0);
        Invariant.Holds(terms.Minor is 0 or StartupParameters.NewestMinor);
        _terms = terms;
        _prover = new ServerProver(terms);
        Minor = terms.Minor;
    }

    private enum Phase { NotBegun, Authenticating, AwaitsWork, Starting, Done, Failed }

    /// <summary>Set with NeedsWork: run it, then resume.</summary>
    public KeyDerivation? Work => _phase == Phase.AwaitsWork ? _prover.Work : null;

    /// <summary>Set when failed.</summary>
    public ServerSignInError? Error { get; private set; }

    /// <summary>When done: the last value of each, in the order in which the names came first.</summary>
    public ImmutableArray<ServerParameter> Parameters => [.. _parameters.Values];

    /// <summary>With <see cref="Key"/>: for CancelRequest.</summary>
    public int ProcessId { get; private set; }

    /// <summary>
    /// 4 bytes, 4 to 256 from protocol 3.2 on; empty: the server sent none and takes no cancels.
    /// </summary>
    public ReadOnlySpan<byte> Key => _key;

    /// <summary>The x of the 3.x that the server speaks with us.</summary>
    public int Minor { get; private set; }

    /// <summary>Writes the StartupMessage.</summary>
    public SignInStep Begin(ByteBuffer output)
    {
        Invariant.Holds(_phase == Phase.NotBegun);
        var parameters = new List<KeyValuePair<string, string>>
        {
            new("user", _terms.User),
            new("database", _terms.Database),
        };
        parameters.AddRange(_terms.Settings);
        if (ClientMessageWriter.StartupBytes(parameters) > StartupReader.PacketBytesMax)
        {
            return Fail(0, new ServerSignInError(
                SqlState.ProtocolViolation,
                "the settings of the client do not fit into a startup packet",
                null));
        }
        ClientMessageWriter.StartupMessage(output, _terms.Minor, parameters);
        _phase = Phase.Authenticating;
        return new SignInStep(SignInStatus.NeedMore, 0, MessageHeader.Bytes);
    }

    /// <summary>Takes whole messages from the window. Not while work is owed, nor after the end.</summary>
    public SignInStep Feed(ReadOnlySpan<byte> window, ByteBuffer output)
    {
        Invariant.Holds(_phase is Phase.Authenticating or Phase.Starting);
        var consumed = 0;
        try
        {
            while (true)
            {
                var rest = window[consumed..];
                if (!MessageHeader.TryRead(rest, out var header))
                    return new SignInStep(SignInStatus.NeedMore, consumed, MessageHeader.Bytes);
                Count(header);
                if (rest.Length < header.TotalBytes)
                    return new SignInStep(SignInStatus.NeedMore, consumed, header.TotalBytes);
                consumed += header.TotalBytes;
                _receivedBytes += header.TotalBytes;
                var step = Take(header.Code, rest[MessageHeader.Bytes..header.TotalBytes], output);
                if (step.Status != SignInStatus.NeedMore)
                    return step with { Consumed = consumed };
            }
        }
        catch (ProtocolViolation violation)
        {
            return Fail(consumed, new ServerSignInError(SqlState.ProtocolViolation, violation.Message, null));
        }
    }

    /// <summary>Goes on after <see cref="Work"/> has run.</summary>
    public SignInStep Resume(ByteBuffer output)
    {
        Invariant.Holds(_phase == Phase.AwaitsWork);
        _phase = Phase.Authenticating;
        _prover.Resume(output);
        return new SignInStep(SignInStatus.NeedMore, 0, MessageHeader.Bytes);
    }

    /// <summary>Before the body is waited for: a length is a promise that costs the server nothing.</summary>
    private void Count(MessageHeader header)
    {
        Require(
            header.BodyBytes <= Limits.SignInBytesMax, "the server sent too long a message during sign-in");
        Require(
            _receivedBytes + header.TotalBytes <= Limits.ServerMessageBytesMax,
            "the server sent too much during sign-in");
    }

    private SignInStep Take(byte code, ReadOnlySpan<byte> body, ByteBuffer output)
    {
        switch (code)
        {
            case ServerCode.ErrorResponse:
                return TakeError(body);
            case ServerCode.NoticeResponse:
                ErrorFields.TryFind(body, 0, out _);
                return Wait();
            case ServerCode.NegotiateProtocolVersion when _phase == Phase.Authenticating:
                TakeNegotiation(body);
                return Wait();
            case ServerCode.Authentication when _phase == Phase.Authenticating:
                return TakeAuthentication(body, output);
            case ServerCode.ParameterStatus when _phase == Phase.Starting:
                TakeParameter(body);
                return Wait();
            case ServerCode.BackendKeyData when _phase == Phase.Starting:
                TakeKey(body);
                return Wait();
            case ServerCode.ReadyForQuery when _phase == Phase.Starting:
                return TakeReady(body);
            default:
                throw new ProtocolViolation("the server sent a message that does not belong here");
        }
    }

    private SignInStep TakeError(ReadOnlySpan<byte> body)
    {
        var fields = ErrorFields.Read(body);
        return Fail(0, new ServerSignInError(
            fields.SqlState ?? SqlState.ConnectionFailure,
            fields.Message ?? "the server refused the connection without a reason",
            fields));
    }

    /// <summary>
    /// Int32(version) Int32(count) String*: only an answer to what we asked for beyond 3.0.
    /// </summary>
    private void TakeNegotiation(ReadOnlySpan<byte> body)
    {
        Require(!_hasNegotiated && !_prover.HasBegun, "the server negotiates the protocol version too late");
        var reader = new MessageReader(body);
        var version = reader.ReadInt32();
        var optionCount = reader.ReadInt32();
        reader.ExpectEnd();
        Require(optionCount == 0, "the server refuses protocol options that we did not ask for");
        var minor = version - StartupCode.Version30;
        Require(
            minor >= 0 && minor < _terms.Minor,
            "the server negotiates a protocol version that we did not leave open");
        _hasNegotiated = true;
        // 3.1 was never spoken; all that 3.2 has changed are the keys.
        Minor = minor;
    }

    private SignInStep TakeAuthentication(ReadOnlySpan<byte> body, ByteBuffer output)
    {
        switch (_prover.Take(body, output))
        {
            case ServerProver.Outcome.Continue:
                return Wait();
            case ServerProver.Outcome.NeedsWork:
                _phase = Phase.AwaitsWork;
                return new SignInStep(SignInStatus.NeedsWork, 0);
            case ServerProver.Outcome.Refused:
                return Fail(0, _prover.Refusal!);
            default:
                _phase = Phase.Starting;
                return Wait();
        }
    }

    private void TakeParameter(ReadOnlySpan<byte> body)
    {
        var reader = new MessageReader(body);
        var name = reader.ReadString();
        var value = reader.ReadText();
        reader.ExpectEnd();
        // Their bytes are bounded by what a sign-in may receive at all.
        Require(
            _parameters.ContainsKey(name) || _parameters.Count < Limits.SettingsPerSessionMax,
            "the server reports too many parameters");
        _parameters[name] = new ServerParameter(name, value.ToArray());
    }

    private void TakeKey(ReadOnlySpan<byte> body)
    {
        Require(_key.Length == 0, "the server sent two cancel keys");
        var reader = new MessageReader(body);
        ProcessId = reader.ReadInt32();
        var key = reader.ReadRest();
        var isFitting = Minor < 2 ? key.Length == 4 : key.Length is >= 4 and <= 256;
        Require(isFitting, "the server sent a cancel key of an impossible length");
        _key = key.ToArray();
    }

    private SignInStep TakeReady(ReadOnlySpan<byte> body)
    {
        var reader = new MessageReader(body);
        var status = reader.ReadByte();
        reader.ExpectEnd();
        Require(status == (byte)'I', "the server is not idle after sign-in");
        _phase = Phase.Done;
        return new SignInStep(SignInStatus.Done, 0);
    }

    private SignInStep Fail(int consumed, ServerSignInError error)
    {
        _phase = Phase.Failed;
        Error = error;
        return new SignInStep(SignInStatus.Failed, consumed);
    }

    private static SignInStep Wait() => new(SignInStatus.NeedMore, 0, MessageHeader.Bytes);

    private static void Require(bool condition, string message)
    {
        if (!condition)
            throw new ProtocolViolation(message);
    }
}
