using System.Net;
using System.Net.Sockets;
using Sento.Base;
using Sento.Tests.Support.Scripted;

namespace Sento.Tests.Unit.Postgres.Flow;

/// <summary>Answers whatever it is asked, as fast as it can, and trusts everybody. Blocking.</summary>
internal sealed class PipelinedServer : IDisposable
{
    private static readonly byte[] Columns = ToClient.RowDescription("n");
    private static readonly byte[] Row = ToClient.DataRow("1");
    private static readonly byte[] Complete = ToClient.CommandComplete("SELECT 1");
    private static readonly byte[] Ready = ToClient.ReadyForQuery();
    private static readonly byte[] RowComplete = [.. Row, .. Complete];
    private static readonly byte[] Result = [.. Columns, .. Row, .. Complete, .. Ready];
    private static readonly byte[] Empty = [.. ToClient.CommandComplete("SELECT 0"), .. Ready];
    private static readonly byte[] Question = ToServer.Query(PipelinedClient.Statement);

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public PipelinedServer()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        new Thread(Accept) { IsBackground = true }.Start();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public void Dispose() => _listener.Dispose();

    private void Accept()
    {
        try
        {
            while (true)
            {
                var socket = _listener.Accept();
                new Thread(() => Serve(socket)) { IsBackground = true }.Start();
            }
        }
        catch (SocketException)
        {
            // The test is over.
        }
        catch (ObjectDisposedException)
        {
            // Likewise, between two clients.
        }
    }

    private static void Serve(Socket socket)
    {
        using var _ = socket;
        socket.NoDelay = true;
        var stream = new MessageBytes(socket);
        var startup = stream.TakeUntyped();
        if (BitConverter.ToInt32([.. startup[4..8].ToArray().Reverse()]) == 80877103) // SSLRequest
        {
            socket.Send("N"u8);
            stream.TakeUntyped();
        }
        socket.Send([
            .. ToClient.AuthenticationOk(), .. ToClient.ParameterStatus("server_version", "15.0"),
            .. ToClient.ParameterStatus("client_encoding", "UTF8"),
            .. ToClient.ParameterStatus("standard_conforming_strings", "on"),
            .. ToClient.BackendKeyData(7, 1, 2, 3, 4), .. Ready,
        ]);
        var output = new ByteBuffer(1 << 20);
        while (stream.TryFill())
        {
            while (stream.TryTake(out var message))
                output.Write(AnswerTo(message));
            if (output.Length > 0)
                socket.Send(output.Written);
            output.Clear();
        }
    }

    private static ReadOnlySpan<byte> AnswerTo(ReadOnlySpan<byte> message) => (char)message[0] switch
    {
        'Q' => message.SequenceEqual(Question) ? Result : Empty,
        'P' => "1\0\0\0\x04"u8,
        'B' => "2\0\0\0\x04"u8,
        'C' => "3\0\0\0\x04"u8,
        'D' => Columns,
        'E' => RowComplete,
        'S' => Ready,
        _ => default,
    };
}
