using Sento.Base;
using Sento.Transport.Tls;
using Xunit;

namespace Sento.Tests.Unit.Transport.Tls;

/// <summary>One end of a connection in memory: its session, and the wire bytes that it has sent.</summary>
internal sealed class TlsEnd(TlsSession session)
{
    private readonly byte[] _plain = new byte[4096];

    public TlsSession Session { get; } = session;

    public ByteBuffer Sent { get; } = new();

    public List<byte> Received { get; } = [];

    public TlsStatus Status { get; private set; } = TlsStatus.WantMore;

    /// <summary>Takes wire bytes as a loop would: through the handshake, then as plain bytes.</summary>
    public void Take(ReadOnlySpan<byte> wire)
    {
        if (!Session.IsEstablished)
        {
            var step = Session.Handshake(wire, Sent);
            Status = step.Status;
            Assert.True(step.Consumed == wire.Length || step.Status != TlsStatus.WantMore);
            if (step.Status != TlsStatus.Ok)
                return;
            wire = wire[step.Consumed..];
            if (wire.IsEmpty)
                return;
        }
        do
        {
            var read = Session.Read(wire, _plain, Sent);
            Received.AddRange(_plain.AsSpan(0, read.Written));
            wire = wire[read.Consumed..];
            Status = read.Status;
        }
        while (Status == TlsStatus.Ok);
        Assert.True(wire.IsEmpty || Status != TlsStatus.WantMore);
    }
}

/// <summary>Our client against our server, their wires cut into pieces as the test says.</summary>
internal sealed class TlsPair : IDisposable
{
    private readonly Func<int> _pieceBytes;

    /// <param name="pieceBytes">The size of the next piece of wire; null: everything at once.</param>
    public TlsPair(TlsSession client, TlsSession server, Func<int>? pieceBytes = null)
    {
        Client = new TlsEnd(client);
        Server = new TlsEnd(server);
        _pieceBytes = pieceBytes ?? (() => int.MaxValue);
    }

    public TlsEnd Client { get; }

    public TlsEnd Server { get; }

    public static TlsContext ServerContext(TlsServerOptions options)
    {
        Assert.True(TlsContext.TryForServer(options, out var context, out var error), error);
        return context;
    }

    public static TlsContext ClientContext(TlsClientOptions options)
    {
        Assert.True(TlsContext.TryForClient(options, out var context, out var error), error);
        return context;
    }

    public static TlsSession ClientSession(TlsContext context, string host = "localhost")
    {
        Assert.True(context.TryNewClientSession(host, out var session, out var error), error);
        return session;
    }

    /// <summary>A pair over a fresh pair of contexts.</summary>
    public static TlsPair Of(
        TlsServerOptions server,
        TlsClientOptions client,
        string host = "localhost",
        Func<int>? pieceBytes = null)
    {
        using var serverContext = ServerContext(server);
        using var clientContext = ClientContext(client);
        return new TlsPair(ClientSession(clientContext, host), serverContext.NewServerSession(), pieceBytes);
    }

    /// <summary>Runs the handshake until it is complete, or failed, on both sides.</summary>
    public TlsPair Connect()
    {
        Client.Take([]);
        Pump();
        return this;
    }

    public TlsPair ConnectFully()
    {
        Connect();
        Assert.True(Client.Session.IsEstablished, Client.Session.FailureReason);
        Assert.True(Server.Session.IsEstablished, Server.Session.FailureReason);
        return this;
    }

    /// <summary>Carries wire bytes both ways until both sides are silent.</summary>
    public void Pump()
    {
        while (Client.Sent.Length + Server.Sent.Length > 0)
        {
            Carry(Client, Server);
            Carry(Server, Client);
        }
    }

    public void Dispose()
    {
        Client.Session.Dispose();
        Server.Session.Dispose();
    }

    private void Carry(TlsEnd from, TlsEnd to)
    {
        var wire = from.Sent.Written.ToArray().AsSpan();
        from.Sent.Clear();
        while (wire.Length > 0)
        {
            var piece = Math.Min(wire.Length, _pieceBytes());
            to.Take(wire[..piece]);
            wire = wire[piece..];
        }
    }
}
