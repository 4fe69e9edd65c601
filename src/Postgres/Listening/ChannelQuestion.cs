using System.Text;
using Sento.Postgres.Replay;
using Sento.Postgres.Server;

namespace Sento.Postgres.Listening;

/// <summary>
/// Asks a server connection what it listens to: savepoints and rollbacks are in the answer.
/// </summary>
internal sealed class ChannelQuestion(Action<HashSet<string>, bool> done) : InternalExchange
{
    private static readonly byte[] Question = Encoding.ASCII.GetBytes(ChannelSql.Question);
    private readonly HashSet<string> _channels = [];

    public override ReadOnlySpan<byte> Sql => Question;

    public override void OnRow(ReadOnlySpan<byte> body)
    {
        var row = new RowReader(body);
        if (row.Next() is { } channel)
            _channels.Add(channel);
    }

    public override void OnDone(PostgresServer server) => done(_channels, HasFailed);
}
