using Sento.Postgres.Wire;

namespace Sento.Postgres.Server;

/// <summary>A statement of ours of which only success or failure matters.</summary>
internal sealed class SimpleExchange(byte[] sql, Action<ErrorFields?, bool> done) : InternalExchange
{
    private ErrorFields? _error;

    public override ReadOnlySpan<byte> Sql => sql;

    public override void OnError(ReadOnlySpan<byte> body)
    {
        base.OnError(body);
        _error ??= ErrorFields.Read(body);
    }

    public override void OnDone(PostgresServer server) => done(_error, HasFailed);
}
