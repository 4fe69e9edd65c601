namespace Sento.Tests.Support.Scripted;

/// <summary>A PostgreSQL client that says exactly what a test tells it and keeps every message it hears.</summary>
/// <remarks>
/// Reads as a script: <c>await client.Send(Parse("s", "select 1"), Sync()); Assert.Equal("1 Z(I)",
/// (await client.ReceiveUntilReady()).Text);</c>. One script at a time per client; a send and a receive may overlap.
/// </remarks>
public sealed class ScriptedClient : IAsyncDisposable
{
    private readonly ServerDoor _door;
    private readonly ScriptSocket _socket;
    private readonly Dictionary<string, string> _parameters = [];

    private ScriptedClient(ServerDoor door, ScriptSocket socket)
    {
        _door = door;
        _socket = socket;
    }

    public ServerDoor Door => _door;

    /// <summary>What the server last said about each reported setting.</summary>
    public IReadOnlyDictionary<string, string> Parameters => _parameters;

    public int ProcessId { get; private set; }

    public ReadOnlyMemory<byte> Secret { get; private set; }

    /// <summary>Told of every message as it arrives, so that a whole session can be written down.</summary>
    public Action<ServerMessage>? Hears { get; set; }

    /// <summary>The transaction status of the last ReadyForQuery; a zero before the first.</summary>
    public char Status { get; private set; }

    /// <summary>A connection with TLS as the door asks, and nothing said yet.</summary>
    public static async Task<ScriptedClient> Connect(ServerDoor door)
    {
        var client = new ScriptedClient(door, await ScriptSocket.Open(door));
        if (door.Tls == TlsUse.Requested)
        {
            await client.Send(ToServer.SslRequest());
            if (await client.ReceiveByte() is var answer && answer != (byte)'S')
                throw new InvalidOperationException($"TLS refused: '{(char)answer}'.");
        }
        if (door.Tls != TlsUse.None)
            await client._socket.UpgradeToTls(door);
        return client;
    }

    /// <summary>A connection that has signed in. Throws when the server refuses.</summary>
    public static async Task<ScriptedClient> Open(ServerDoor door)
    {
        var client = await Connect(door);
        var replies = await client.SignIn();
        if (replies.Count > 0 && replies[^1].IsReady)
            return client;
        await client.DisposeAsync();
        throw new InvalidOperationException($"Sign-in refused: {replies.FullText}");
    }

    /// <summary>Sends the start-up packet and answers every question until ready, or until an error or the end.</summary>
    public async Task<Replies> SignIn()
    {
        await Send(ToServer.Startup(_door.ProtocolVersion, _door.StartupParameters()));
        return await AnswerSignIn();
    }

    /// <summary>The rest of a sign-in whose start-up packet a test has sent itself.</summary>
    public async Task<Replies> AnswerSignIn()
    {
        var signIn = new ScriptedSignIn(_door, _socket.Tls);
        var messages = new List<ServerMessage>();
        while (await TryReceive() is { } message)
        {
            messages.Add(message);
            if (message.IsReady || message.IsError)
                break;
            if (message.Code == 'R' && signIn.Answer(message) is { } answer)
                await Send(answer);
        }
        return new Replies(messages);
    }

    /// <summary>Sends all messages in one write.</summary>
    public Task Send(params byte[][] messages) => _socket.Write(Joined(messages));

    /// <summary>Sends the bytes as one write for each piece; a cut is the count of bytes before it.</summary>
    public async Task SendSplit(byte[] bytes, params int[] cuts)
    {
        var from = 0;
        foreach (var to in cuts.Append(bytes.Length))
        {
            await _socket.Write(bytes.AsMemory(from, to - from));
            from = to;
        }
    }

    /// <summary>Sends each byte by itself.</summary>
    public Task SendByteByByte(params byte[][] messages)
    {
        var bytes = Joined(messages);
        return SendSplit(bytes, [.. Enumerable.Range(1, bytes.Length - 1)]);
    }

    /// <summary>Sends the same piece many times over, so that a huge message need not be held.</summary>
    public async Task SendRepeated(ReadOnlyMemory<byte> piece, int times)
    {
        for (var i = 0; i < times; i++)
            await _socket.Write(piece);
    }

    /// <summary>A simple query and its answer.</summary>
    public Task<Replies> Query(string text) => Ask(ToServer.Query(text));

    /// <summary>One statement by the extended protocol, unnamed, and its answer.</summary>
    public Task<Replies> Extended(string text, params string?[] values) =>
        Ask(ToServer.Extended(text, values), ToServer.Sync());

    /// <summary>Sends, then receives up to the next ReadyForQuery.</summary>
    public async Task<Replies> Ask(params byte[][] messages)
    {
        await Send(messages);
        return await ReceiveUntilReady();
    }

    /// <summary>The next message. Throws when the server ends instead.</summary>
    public async Task<ServerMessage> Receive() =>
        await TryReceive() ?? throw new EndOfStreamException("The server ended the connection.");

    /// <summary>The next message, or null when the server has ended the connection between two messages.</summary>
    public async Task<ServerMessage?> TryReceive()
    {
        var message = await _socket.ReadMessage();
        if (message is not null)
            Note(message);
        return message;
    }

    /// <summary>Everything up to and with the next ReadyForQuery, or up to the server's end of the connection.</summary>
    public Task<Replies> ReceiveUntilReady() => ReceiveUntil('Z');

    /// <summary>Everything up to and with the next message of a code, or up to the server's end of the connection.</summary>
    /// <exception cref="TimeoutException">With what had arrived by then.</exception>
    public Task<Replies> ReceiveUntil(char code) => Receive(message => message.Code == code);

    /// <summary>Everything up to and with the given count of ReadyForQuery messages.</summary>
    public Task<Replies> ReceiveReady(int count) => Receive(message => message.IsReady && --count == 0);

    /// <summary>A given count of messages.</summary>
    public Task<Replies> Receive(int count) => Receive(_ => --count == 0);

    /// <summary>Everything until the server ends the connection.</summary>
    public Task<Replies> ReceiveToEnd() => Receive(_ => false);

    /// <summary>One raw byte: the answer to an SSLRequest or GSSENCRequest.</summary>
    public async Task<byte> ReceiveByte()
    {
        var one = new byte[1];
        return await _socket.TryRead(one) ? one[0] : throw new EndOfStreamException("The server ended the connection.");
    }

    /// <summary>Counts messages and bytes by code up to the next ReadyForQuery, keeping none.</summary>
    public async Task<IReadOnlyDictionary<char, (long Count, long Bytes)>> SkimUntilReady()
    {
        var seen = new Dictionary<char, (long Count, long Bytes)>();
        var scratch = new byte[1 << 16];
        while (true)
        {
            var (code, length) = await _socket.SkimMessage(scratch);
            var (count, bytes) = seen.GetValueOrDefault(code);
            seen[code] = (count + 1, bytes + length);
            if (code == 'Z')
                return seen;
        }
    }

    /// <summary>Asks on a connection of its own to cancel what this client runs; returns when the server has closed it.</summary>
    public Task Cancel() => Cancel(ProcessId, Secret);

    public async Task Cancel(int processId, ReadOnlyMemory<byte> secret)
    {
        await using var messenger = await Connect(_door);
        await messenger.Send(ToServer.CancelRequest(processId, secret));
        await messenger.ReceiveToEnd();
    }

    /// <summary>Says goodbye and waits until the server has closed the connection.</summary>
    public async Task Terminate()
    {
        await Send(ToServer.Terminate());
        await ReceiveToEnd();
    }

    /// <summary>Ends with a reset and no goodbye.</summary>
    public void Vanish() => _socket.Reset();

    /// <summary>Hears nothing and answers nothing, not even to the other machine's probes.</summary>
    public void FallAsleep() => _socket.FallAsleep();

    public void WakeUp() => _socket.WakeUp();

    /// <summary>Closes the sending half only.</summary>
    public void EndSending() => _socket.ShutdownSend();

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private static byte[] Joined(byte[][] messages) =>
        messages.Length == 1 ? messages[0] : [.. messages.SelectMany(m => m)];

    private async Task<Replies> Receive(Func<ServerMessage, bool> isLast)
    {
        var messages = new List<ServerMessage>();
        try
        {
            while (await TryReceive() is { } message)
            {
                messages.Add(message);
                if (isLast(message))
                    break;
            }
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"{late.Message} So far: {new Replies(messages).Text}", late);
        }
        return new Replies(messages);
    }

    private void Note(ServerMessage message)
    {
        Hears?.Invoke(message);
        switch (message.Code)
        {
            case 'S':
                var (name, value) = message.Parameter();
                _parameters[name] = value;
                break;
            case 'K':
                var body = new BodyReader(message.Body.Span);
                ProcessId = body.Int32();
                Secret = message.Body[4..];
                break;
            case 'Z':
                Status = message.Status;
                break;
        }
    }
}
