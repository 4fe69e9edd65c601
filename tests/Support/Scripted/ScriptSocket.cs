using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Sento.Tests.Support.Scripted;

/// <summary>One socket of a script: opens it, upgrades it to TLS, frames what arrives, never waits for
/// ever.</summary>
internal sealed class ScriptSocket : IDisposable
{
    private const int SolSocket = 1, AttachFilter = 26, DetachFilter = 27;

    private readonly Socket _socket;
    private readonly TimeSpan _deadline;
    private readonly byte[] _header = new byte[5];
    private readonly byte[] _ahead = [];
    private int _aheadFrom, _aheadTo;
    private Stream _stream;

    public ScriptSocket(Socket socket, TimeSpan deadline, bool readsAhead = false)
    {
        if (readsAhead)
            _ahead = new byte[8192];
        _socket = socket;
        _deadline = deadline;
        _stream = new NetworkStream(socket, ownsSocket: true);
    }

    public Stream Stream => _stream;

    public SslStream? Tls => _stream as SslStream;

    public static async Task<ScriptSocket> Open(ServerDoor door)
    {
        var isUnix = door.Host.StartsWith('/');
        var socket = isUnix
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (door.SocketBufferBytes > 0)
                socket.SendBufferSize = socket.ReceiveBufferSize = door.SocketBufferBytes;
            using var timer = new CancellationTokenSource(door.Deadline);
            EndPoint address = isUnix
                ? new UnixDomainSocketEndPoint($"{door.Host}/.s.PGSQL.{door.Port}")
                : IPAddress.TryParse(door.Host, out var ip)
                    ? new IPEndPoint(ip, door.Port)
                    : new DnsEndPoint(door.Host, door.Port);
            await socket.ConnectAsync(address, timer.Token);
            return new ScriptSocket(socket, door.Deadline, door.ReadsAhead);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public async Task UpgradeToTls(ServerDoor door)
    {
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false);
        using var timer = new CancellationTokenSource(_deadline);
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = door.Host,
                RemoteCertificateValidationCallback =
                    door.AcceptsCertificate ?? ((_, certificate, _, _) => certificate is not null),
                ClientCertificates = door.ClientCertificate is { } own ? [own] : null,
                ApplicationProtocols = door.Tls == TlsUse.Direct ? [new("postgresql")] : null,
            },
            timer.Token);
        _stream = tls;
    }

    /// <summary>Whatever is said from now on goes through another stream.</summary>
    public void Wrap(Func<Stream, Stream> wrap) => _stream = wrap(_stream);

    public async Task AcceptTls(SslServerAuthenticationOptions options)
    {
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false);
        using var timer = new CancellationTokenSource(_deadline);
        await tls.AuthenticateAsServerAsync(options, timer.Token);
        _stream = tls;
    }

    public async Task Write(ReadOnlyMemory<byte> bytes)
    {
        using var timer = new CancellationTokenSource(_deadline);
        await _stream.WriteAsync(bytes, timer.Token);
        await _stream.FlushAsync(timer.Token);
    }

    /// <summary>Fills <paramref name="into"/>; false when the other side ended before its first
    /// byte.</summary>
    public async Task<bool> TryRead(Memory<byte> into)
    {
        var done = TakeAhead(into);
        if (done == into.Length)
            return true;
        using var timer = new CancellationTokenSource(_deadline);
        while (done < into.Length)
        {
            var count = await ReadSome(into[done..], timer.Token);
            if (count == 0 && done == 0)
                return false;
            if (count == 0)
                throw new EndOfStreamException($"The other side ended after {done} of {into.Length} bytes.");
            done += count;
        }
        return true;
    }

    /// <summary>Waits until bytes have come, and leaves them in the kernel.</summary>
    public async Task WaitUnread()
    {
        using var timer = new CancellationTokenSource(_deadline);
        // A look at one byte: a receive of none may end at once because of bytes that were read before.
        await _socket.ReceiveAsync(new byte[1], SocketFlags.Peek, timer.Token);
    }

    /// <summary>Waits for the next TLS record and leaves it in the kernel; how many bytes it says to have.</summary>
    public async Task<int> WaitRecord()
    {
        using var timer = new CancellationTokenSource(_deadline);
        var header = new byte[5];
        while (await _socket.ReceiveAsync(header, SocketFlags.Peek, timer.Token) is > 0 and < 5)
            await Task.Yield();
        return BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(3));
    }

    /// <summary>The next message with a code; null when the other side ended in good order between two
    /// messages.</summary>
    public async Task<ServerMessage?> ReadMessage()
    {
        if (!await TryRead(_header))
            return null;
        var body = new byte[BodyLength()];
        if (body.Length > 0 && !await TryRead(body))
            throw new EndOfStreamException("The other side ended after a message's header.");
        return new ServerMessage((char)_header[0], body);
    }

    /// <summary>Reads one message without keeping it: for those too large to hold.</summary>
    /// <param name="scratch">Where the bytes pass through.</param>
    /// <returns>The code, the body's length, and the last bytes of the body that fitted into the
    /// scratch.</returns>
    public async Task<(char Code, long Length)> SkimMessage(byte[] scratch)
    {
        if (!await TryRead(_header))
            throw new EndOfStreamException("The other side ended.");
        var code = (char)_header[0];
        var length = BodyLength();
        for (var left = length; left > 0;)
        {
            var count = Math.Min(left, scratch.Length);
            if (!await TryRead(scratch.AsMemory(0, count)))
                throw new EndOfStreamException("The other side ended in a message.");
            left -= count;
        }
        return (code, length);
    }

    /// <summary>Ends with a reset, as a client whose machine died does.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Close();
    }

    /// <summary>
    /// Ends with a reset and nothing else, as the kernel does for a process that exits with bytes unread. To
    /// close a socket .NET may first shut it down, which is an orderly end.
    /// </summary>
    public void Abort()
    {
        // To connect to the unspecified address (family 0) breaks off the connection that there is.
        if (connect((int)_socket.Handle, new byte[16], 16) < 0)
            throw new IOException($"The connection could not be broken off: {Marshal.GetLastWin32Error()}.");
    }

    /// <summary>
    /// From now on the kernel drops whatever comes for the socket, as a machine that stands still does; nothing
    /// is acknowledged.
    /// </summary>
    public void FallAsleep()
    {
        // A filter of one instruction, "return 0": of each packet nothing is left.
        byte[] dropAll = [0x06, 0, 0, 0, 0, 0, 0, 0];
        var pinned = GCHandle.Alloc(dropAll, GCHandleType.Pinned);
        Span<byte> program = stackalloc byte[16];
        program.Clear();
        program[0] = 1;
        BinaryPrimitives.WriteInt64LittleEndian(program[8..], pinned.AddrOfPinnedObject());
        _socket.SetRawSocketOption(SolSocket, AttachFilter, program);
        pinned.Free();
    }

    /// <summary>It hears again.</summary>
    public void WakeUp() => _socket.SetRawSocketOption(SolSocket, DetachFilter, stackalloc byte[4]);

    /// <summary>Closes the socket and nothing else; a stream that is disposed shuts it down first.</summary>
    public void Close() => _socket.Dispose();

    /// <summary>Says that no more will be sent, and can still read.</summary>
    public void ShutdownSend() => _socket.Shutdown(SocketShutdown.Send);

    public void Dispose()
    {
        _stream.Dispose();
        _socket.Dispose();
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int connect(int descriptor, byte[] address, int length);

    private int BodyLength()
    {
        var length = BinaryPrimitives.ReadInt32BigEndian(_header.AsSpan(1)) - 4;
        return length >= 0
            ? length
            : throw new InvalidDataException($"A message '{(char)_header[0]}' of length {length + 4}.");
    }

    private int TakeAhead(Memory<byte> into)
    {
        var count = Math.Min(into.Length, _aheadTo - _aheadFrom);
        _ahead.AsMemory(_aheadFrom, count).CopyTo(into);
        _aheadFrom += count;
        return count;
    }

    private async Task<int> ReadSome(Memory<byte> into, CancellationToken timer)
    {
        if (into.Length < _ahead.Length)
        {
            (_aheadFrom, _aheadTo) = (0, await ReadStream(_ahead, timer));
            return TakeAhead(into);
        }
        return await ReadStream(into, timer);
    }

    private async Task<int> ReadStream(Memory<byte> into, CancellationToken timer)
    {
        try
        {
            return await _stream.ReadAsync(into, timer);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"Nothing more within {_deadline.TotalSeconds:0.#} s.");
        }
        catch (IOException broken) when (broken.InnerException is SocketException
            { SocketErrorCode: SocketError.ConnectionReset or SocketError.Shutdown })
        {
            return 0;
        }
    }
}
