using System.Data.Common;
using Sento.Lab.Engines;
using Sento.Lab.Plan;

namespace Sento.Lab.Load;

/// <summary>
/// The process that a function runs in, with its connection, from a cold start until the platform kills it.
/// Owned by one execution environment; one invocation at a time.
/// </summary>
internal sealed class FunctionProcess(
    IEngine engine, DbDataSource source, Arm arm, LabPlan plan, ArmClock clock)
{
    private readonly CancellationTokenSource _end = new();
    private DbConnection? _connection;
    private int _isKilled;
    private int _isCommitting;

    public bool HoldsConnection => _connection is not null;

    /// <summary>Microseconds that connecting took in this invocation; -1: the connection was there.</summary>
    public long Connected { get; private set; }

    /// <summary>Whether the write of this invocation may stand though its answer has not come.</summary>
    public bool IsCommitting => Volatile.Read(ref _isCommitting) != 0;

    /// <returns>Null: it succeeded; else what went wrong, and the connection has been closed.</returns>
    public async Task<Exception?> InvokeAsync(Arrival arrival)
    {
        Connected = -1;
        Interlocked.Exchange(ref _isCommitting, 0);
        try
        {
            if (_connection is null)
            {
                var begin = clock.Now;
                _connection = await ConnectAsync();
                Connected = clock.Now - begin;
            }
            await Handler.RunAsync(engine, _connection, plan, arrival, BeginCommit);
            return null;
        }
        catch (Exception error)
        {
            await CloseAsync();
            return error;
        }
    }

    /// <summary>
    /// Ends it as the platform does: the kernel closes its socket, neither goodbye nor cancel is sent.
    /// </summary>
    /// <remarks>Any thread; what runs ends by itself soon, and nobody asks how.</remarks>
    public void Kill()
    {
        // Before anybody asks for IsCommitting: what has not begun to commit by now won't.
        Interlocked.Exchange(ref _isKilled, 1);
        if (_connection is { } connection)
            engine.Cut(connection);
        _end.Cancel();
    }

    public async Task CloseAsync()
    {
        if (Interlocked.Exchange(ref _connection, null) is not { } connection)
            return;
        try
        {
            await connection.DisposeAsync();
        }
        catch (Exception error) when (error is DbException or IOException or InvalidOperationException)
        {
            // It was broken already.
        }
    }

    private void BeginCommit()
    {
        Interlocked.Exchange(ref _isCommitting, 1);
        if (Volatile.Read(ref _isKilled) != 0)
            throw new OperationCanceledException("killed");
    }

    private async Task<DbConnection> ConnectAsync()
    {
        var connection = await source.OpenConnectionAsync(_end.Token);
        try
        {
            if (Volatile.Read(ref _isKilled) != 0)
                throw new OperationCanceledException("killed");
            if (!arm.SetsAtConnect)
                return connection;
            await using var command = connection.CreateCommand();
            command.CommandText = engine.DriversSettings;
            await using var killed = _end.Token.Register(() => engine.Cut(connection));
            await command.ExecuteNonQueryAsync();
            return connection;
        }
        catch
        {
            engine.Cut(connection);
            await connection.DisposeAsync();
            throw;
        }
    }
}
