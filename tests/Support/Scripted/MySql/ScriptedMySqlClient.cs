using System.Security.Authentication;
using System.Text;

namespace Sento.Tests.Support.Scripted.MySql;

/// <summary>A MySQL client that says exactly what a test tells it and keeps every packet it hears.</summary>
/// <remarks>
/// Numbers of packets are checked as strictly as clients do. One script at a time per client; a send and a
/// receive may overlap.
/// </remarks>
public sealed class ScriptedMySqlClient : IAsyncDisposable
{
    private readonly ScriptSocket _socket;
    private readonly bool _isTls;
    private CompressedStream? _compressed;
    private byte _sequence;

    private ScriptedMySqlClient(MySqlDoor door, ScriptSocket socket)
    {
        Door = door;
        _socket = socket;
        _isTls = door.Server.Tls != TlsUse.None;
    }

    public MySqlDoor Door { get; private set; }

    public MySqlGreeting Greeting { get; private set; } = null!;

    /// <summary>What was agreed on.</summary>
    public MySqlFlags Flags { get; private set; }

    public bool IsCompressed => _compressed is not null;

    /// <summary>Packets that the server has compressed.</summary>
    public int CompressedCount => _compressed!.CompressedCount;

    /// <summary>The most that one packet of the server's held, once uncompressed.</summary>
    public int PlainBytesMax => _compressed!.PlainBytesMax;

    /// <summary>Bytes as this client compresses them, without a header.</summary>
    public byte[] Compressed(byte[] plain) => _compressed!.Compressed(plain);

    /// <summary>Told of every item as it arrives, so that a whole session can be written down.</summary>
    public Action<string>? Hears { get; set; }

    /// <summary>Ways to prove the password that the server asked for, in order.</summary>
    public List<string> Plugins { get; } = [];

    public static async Task<ScriptedMySqlClient> Connect(MySqlDoor door)
    {
        var client = new ScriptedMySqlClient(door, await ScriptSocket.Open(door.Server));
        var greeting = await client.ReadPacket();
        if (greeting[0] == 0xff)
            throw new InvalidOperationException($"Refused at the greeting: {BodyReader.Printable(greeting)}");
        client.Greeting = MySqlGreeting.Read(greeting);
        return client;
    }

    /// <summary>A connection that has signed in. Throws when the server refuses.</summary>
    public static async Task<ScriptedMySqlClient> Open(MySqlDoor door)
    {
        var client = await Connect(door);
        var reply = await client.SignIn();
        if (reply.Error is null)
            return client;
        await client.DisposeAsync();
        throw new InvalidOperationException($"Sign-in refused: {reply.FullText}");
    }

    /// <summary>Answers the greeting and every question behind it, up to OK or an error.</summary>
    public async Task<MySqlReply> SignIn()
    {
        Flags = Door.Flags & Greeting.Flags | (Door.Flags & (MySqlFlags.LongPassword | MySqlFlags.LongFlag));
        if (Door.MariaDbFlags != 0)
            Flags &= ~MySqlFlags.LongPassword;
        if (Door.Database.Length > 0)
            Flags |= MySqlFlags.ConnectWithDb;
        if (Door.Attributes.Length > 0)
            Flags |= MySqlFlags.ConnectAttributes;
        if (Door.Server.Tls != TlsUse.None)
        {
            Flags |= MySqlFlags.Ssl;
            await SendPacket(ResponseHead().ToArray());
            await _socket.UpgradeToTls(Door.Server);
        }
        var plugin = Door.Plugin ?? Greeting.Plugin;
        var response = ResponseHead().NulText(Door.User);
        var proof = MySqlProof.Of(plugin, Door.Password, Greeting.Salt);
        if ((Flags & MySqlFlags.PluginAuthLenenc) != 0) response.Text(proof);
        else response.Byte(proof.Length).Raw(proof);
        if ((Flags & MySqlFlags.ConnectWithDb) != 0)
            response.NulText(Door.Database);
        if ((Flags & MySqlFlags.PluginAuth) != 0)
            response.NulText(plugin);
        if ((Flags & MySqlFlags.ConnectAttributes) != 0)
        {
            var block = new MySqlBytes();
            foreach (var (name, value) in Door.Attributes)
                block.Text(name).Text(value);
            response.Text(block.ToArray());
        }
        if ((Flags & MySqlFlags.ZstdCompress) != 0)
            response.Byte(3);
        await SendPacket(response.ToArray());
        var reply = await AnswerSignIn(plugin, Greeting.Salt);
        if (reply.Error is null && (Flags & (MySqlFlags.Compress | MySqlFlags.ZstdCompress)) != 0)
            _socket.Wrap(inner => _compressed = new CompressedStream(inner,
                isZstd: (Flags & MySqlFlags.Compress) == 0));
        return reply;
    }

    /// <summary>Another user, schema or character set on the same connection.</summary>
    public async Task<MySqlReply> ChangeUser(MySqlDoor door)
    {
        Door = door;
        var (packet, plugin) = ChangeUserPacket(door);
        Begin();
        await SendPacket(packet);
        return await AnswerSignIn(plugin, Greeting.Salt);
    }

    /// <summary>The same with a statement right behind it, in one write; nothing is heard yet.</summary>
    public Task SendChangeUser(MySqlDoor door, string sql)
    {
        var query = MySqlBytes.Command(0x03);
        if ((Flags & MySqlFlags.QueryAttributes) != 0)
            query.Byte(0).Byte(1);
        return SendRaw((byte[])[
            .. Framed(ChangeUserPacket(door).Packet),
            .. Framed(query.Raw(Encoding.UTF8.GetBytes(sql)).ToArray())]);
    }

    private static byte[] Framed(byte[] payload) =>
        new MySqlBytes().Int(payload.Length, 3).Byte(0).Raw(payload).ToArray();

    private (byte[] Packet, string Plugin) ChangeUserPacket(MySqlDoor door)
    {
        var plugin = door.Plugin ?? Greeting.Plugin;
        var proof = MySqlProof.Of(plugin, door.Password, Greeting.Salt);
        var packet = MySqlBytes.Command(0x11).NulText(door.User).Byte(proof.Length).Raw(proof)
            .NulText(door.Database).Int(door.Charset, 2).NulText(plugin);
        if ((Flags & MySqlFlags.ConnectAttributes) != 0)
            packet.Length(0);
        return (packet.ToArray(), plugin);
    }

    /// <summary>A statement as text, and its reply.</summary>
    public Task<MySqlReply> Query(string sql) => Query(Encoding.UTF8.GetBytes(sql));

    public async Task<MySqlReply> Query(byte[] sql)
    {
        await SendQuery(sql);
        return await Receive();
    }

    public Task SendQuery(string sql) => SendQuery(Encoding.UTF8.GetBytes(sql));

    public Task SendQuery(byte[] sql)
    {
        var packet = MySqlBytes.Command(0x03);
        if ((Flags & MySqlFlags.QueryAttributes) != 0)
            packet.Byte(0).Byte(1);
        return SendCommand(packet.Raw(sql).ToArray());
    }

    /// <summary>A command by its code, and its reply.</summary>
    public async Task<MySqlReply> Ask(byte code, byte[] argument, MySqlShape shape = MySqlShape.Text)
    {
        await SendCommand([code, .. argument]);
        return await Receive(shape);
    }

    public Task<MySqlReply> Ask(byte code, string argument = "", MySqlShape shape = MySqlShape.Text) =>
        Ask(code, Encoding.UTF8.GetBytes(argument), shape);

    /// <summary>A whole command, its code first; packets are numbered from zero.</summary>
    public async Task SendCommand(byte[] payload)
    {
        Begin();
        await SendPacket(payload);
    }

    /// <summary>The next packet of ours, numbered behind what went before.</summary>
    public async Task SendPacket(byte[] payload)
    {
        await _socket.Write(MySqlBytes.Packets(payload, _sequence));
        _sequence += (byte)(payload.Length / 0xff_ffff + 1);
    }

    /// <summary>Bytes as they are: the script has framed them.</summary>
    public Task SendRaw(ReadOnlyMemory<byte> bytes) => _socket.Write(bytes);

    /// <summary>A command's bytes as they are, also where the client compresses.</summary>
    public Task SendUncompressed(byte[] bytes)
    {
        _sequence = 1;
        return _compressed!.SendAsIs(bytes);
    }

    /// <summary>A command whose bytes arrive in pieces, compressed or not.</summary>
    public async Task SendInPieces(byte[] payload, int pieceBytes)
    {
        Begin();
        if (_compressed is not null)
            _compressed.PieceBytes = pieceBytes;
        await SendPacket(payload);
        if (_compressed is not null)
            _compressed.PieceBytes = int.MaxValue;
    }

    /// <summary>Each byte by itself. The next packet expected is number <paramref name="next"/>.</summary>
    public async Task SendByteByByte(byte[] bytes, byte next = 1)
    {
        for (var i = 0; i < bytes.Length; i++)
            await _socket.Write(bytes.AsMemory(i, 1));
        _sequence = next;
    }

    /// <summary>One reply, with all of its results.</summary>
    public async Task<MySqlReply> Receive(MySqlShape shape = MySqlShape.Text,
        IReadOnlyList<int>? types = null)
    {
        var reader = new MySqlReplyReader(Flags, shape, types);
        await Read(reader);
        return new MySqlReply(reader.Items);
    }

    /// <summary>For the statements that a client prepares; see <see cref="ScriptedStatement"/>.</summary>
    internal async Task<MySqlReplyReader> Read(MySqlReplyReader reader)
    {
        var told = 0;
        try
        {
            while (!reader.Take(await ReadPacket()))
                Tell(reader, ref told);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"{late.Message} So far: {new MySqlReply(reader.Items).FullText}",
                late);
        }
        Tell(reader, ref told);
        return reader;
    }

    /// <summary>Prepares a statement; throws when the server refuses.</summary>
    public async Task<ScriptedStatement> Prepare(string sql)
    {
        await SendCommand([0x16, .. Encoding.UTF8.GetBytes(sql)]);
        var reader = await Read(new MySqlReplyReader(Flags, MySqlShape.Prepare));
        return new ScriptedStatement(this, reader);
    }

    /// <summary>A file that the server has asked for: pieces, then the empty packet.</summary>
    public async Task<MySqlReply> SendFile(params byte[][] pieces)
    {
        foreach (var piece in pieces)
            await SendPacket(piece);
        await SendPacket([]);
        return await Receive();
    }

    /// <summary>Says goodbye and waits until the server has closed the connection.</summary>
    public async Task Quit()
    {
        await SendCommand([0x01]);
        if (await TryReadPacket() is { } more)
            throw new InvalidOperationException($"Still there: {BodyReader.Printable(more)}");
    }

    /// <summary>Null: the server has ended the connection.</summary>
    public async Task<byte[]?> TryReadPacket()
    {
        var header = new byte[4];
        if (!await _socket.TryRead(header))
            return null;
        var payload = new byte[header[0] | header[1] << 8 | header[2] << 16];
        if (payload.Length > 0)
            await _socket.TryRead(payload);
        // Servers number the packets inside of compressed ones anew with each of these; nobody looks at it.
        if (_compressed is null && header[3] != _sequence)
            throw new FormatException($"Packet {header[3]} where {_sequence} was expected.");
        _sequence++;
        // What fills a packet goes on in the next.
        return payload.Length < 0xff_ffff ? payload : [.. payload, .. await ReadPacket()];
    }

    /// <summary>Says that no more will be sent, and can still read.</summary>
    public void EndSending() => _socket.ShutdownSend();

    /// <summary>Whole packets, however they are numbered, up to the end that the server makes.</summary>
    public async Task ReceiveToEnd()
    {
        var header = new byte[4];
        while (await _socket.TryRead(header))
        {
            var payload = new byte[header[0] | header[1] << 8 | header[2] << 16];
            if (payload.Length > 0 && !await _socket.TryRead(payload))
                throw new EndOfStreamException("The server ended behind a packet's header.");
        }
    }

    /// <summary>Bytes of any kind up to the end that the server makes.</summary>
    public async Task ReceiveRawToEnd()
    {
        while (await _socket.TryRead(new byte[1]))
            ;
    }

    public async Task<byte[]> ReadPacket() =>
        await TryReadPacket() ?? throw new EndOfStreamException("The server ended the connection.");

    /// <summary>Ends with a reset and no goodbye.</summary>
    public void Vanish() => _socket.Reset();

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private MySqlBytes ResponseHead() => new MySqlBytes()
        .Int((uint)Flags, 4).Int(1 << 30, 4).Byte(Door.Charset).Raw(new byte[19])
        .Int((Flags & MySqlFlags.LongPassword) == 0 ? Door.MariaDbFlags : 0, 4);

    private async Task<MySqlReply> AnswerSignIn(string plugin, byte[] salt)
    {
        Plugins.Add(plugin);
        while (true)
        {
            var payload = await ReadPacket();
            switch (payload[0])
            {
                case 0xfe when payload.Length > 1:
                    (plugin, salt) = ReadSwitch(payload);
                    Plugins.Add(plugin);
                    await SendPacket(MySqlProof.Of(plugin, Door.Password, salt));
                    break;
                case 1 when payload is [1, 3]:
                    Plugins.Add("fast");
                    break;
                case 1 when payload is [1, 4]:
                    await SendFull(salt);
                    break;
                default:
                    var reader = new MySqlReplyReader(Flags, MySqlShape.Text);
                    reader.Take(payload);
                    return new MySqlReply(reader.Items);
            }
        }
    }

    private void Begin()
    {
        _sequence = 0;
        _compressed?.Begin();
    }

    private async Task SendFull(byte[] salt)
    {
        if (_isTls)
        {
            Plugins.Add("full by TLS");
            await SendPacket([.. Encoding.UTF8.GetBytes(Door.Password), 0]);
            return;
        }
        Plugins.Add("full by RSA");
        await SendPacket([2]);
        var key = await ReadPacket();
        if (key[0] != 1)
            throw new AuthenticationException($"No public key: {BodyReader.Printable(key)}");
        await SendPacket(MySqlProof.Encrypted(Door.Password, salt, Encoding.ASCII.GetString(key.AsSpan(1))));
    }

    private static (string Plugin, byte[] Salt) ReadSwitch(byte[] payload)
    {
        var body = new MySqlBodyReader(payload.AsSpan(1));
        var plugin = body.NulText();
        var data = body.Rest;
        return (plugin, (data.Length > 0 && data[^1] == 0 ? data[..^1] : data).ToArray());
    }

    private void Tell(MySqlReplyReader reader, ref int told)
    {
        for (; told < reader.Items.Count; told++)
            Hears?.Invoke(reader.Items[told].Line);
    }
}
