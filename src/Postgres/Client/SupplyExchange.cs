using Sento.Postgres.Server;

namespace Sento.Postgres.Client;

/// <summary>
/// Statements prepared in a group of our own, ahead of a Query that needs them. The Query waits, since it
/// would run
/// even if they failed.
/// </summary>
internal sealed class SupplyExchange(ClientRelay client) : InternalExchange
{
    /// <summary>It is no Query: its messages are written one by one.</summary>
    public override ReadOnlySpan<byte> Sql => throw new InvalidOperationException("there is no text to send");

    /// <summary>Body of the first ErrorResponse, which becomes the Query's own.</summary>
    public byte[]? Error { get; private set; }

    public bool IsDone { get; private set; }

    public override void OnError(ReadOnlySpan<byte> body)
    {
        base.OnError(body);
        Error ??= body.ToArray();
    }

    public override void OnDone(PostgresServer server)
    {
        IsDone = true;
        client.State.HadError |= HasFailed;
    }
}
