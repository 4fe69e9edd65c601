using System.Net;
using System.Net.Sockets;
using Sento.Tests.Support;
using Sento.Tests.Support.Scripted;

namespace Sento.Tests.Unit.Postgres.Flow;

/// <summary>A client that sends many groups in one write and reads all of their answers. Blocking.</summary>
internal sealed class PipelinedClient : IDisposable
{
    public const string Statement = "select 1";

    /// <summary>Messages of one round: nine that ask, fourteen that answer.</summary>
    public const int MessagesPerRound = 9 + 14;

    private const int GroupsPerRound = 3;
    private readonly Socket _socket;
    private readonly MessageBytes _stream;

    public PipelinedClient(int port, string user)
    {
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            ReceiveTimeout = (int)Eventually.Deadline.TotalMilliseconds,
        };
        _socket.Connect(IPAddress.Loopback, port);
        _stream = new MessageBytes(_socket);
        _socket.Send(ToServer.Startup(ToServer.Version30, ("user", user), ("database", "app")));
        AwaitReady(1);
        _socket.Send([.. ToServer.Parse("kept", Statement), .. ToServer.Sync()]);
        AwaitReady(1);
    }

    /// <summary>A simple query, an unnamed and a prepared statement, so many times in one write.</summary>
    public static byte[] Rounds(int count)
    {
        byte[] round =
        [
            .. ToServer.Query(Statement), .. ToServer.Extended(Statement), .. ToServer.Sync(),
            .. ToServer.Bind("", "kept"), .. ToServer.Execute(), .. ToServer.Sync(),
        ];
        return [.. Enumerable.Repeat(round, count).SelectMany(bytes => bytes)];
    }

    public void Run(byte[] rounds, int count)
    {
        _socket.Send(rounds);
        AwaitReady(count * GroupsPerRound);
    }

    public void Dispose() => _socket.Dispose();

    private void AwaitReady(int count)
    {
        while (count > 0)
        {
            if (!_stream.TryFill())
                throw new EndOfStreamException();
            while (_stream.TryTake(out var message))
            {
                if (message[0] == (byte)'E')
                    throw new InvalidOperationException(System.Text.Encoding.UTF8.GetString(message));
                if (message[0] == (byte)'Z')
                    count--;
            }
        }
    }
}
