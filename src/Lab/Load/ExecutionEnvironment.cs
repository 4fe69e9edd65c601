using System.Data.Common;
using Sento.Lab.Engines;
using Sento.Lab.Plan;

namespace Sento.Lab.Load;

/// <summary>
/// One execution environment of a function: serves one invocation at a time, keeps its connection while it is
/// frozen between two of them, starts cold at first and after it was killed.
/// </summary>
/// <remarks>
/// Invocations of one environment run one after another; different environments run at once.
/// </remarks>
internal sealed class ExecutionEnvironment(
    IEngine engine, DbDataSource source, Arm arm, ArmClock clock, TimeSpan deadline)
{
    private readonly Lock _gate = new();
    private Task _last = Task.CompletedTask;
    private DbConnection? _connection;

    public bool HoldsConnection => _connection is not null;

    /// <summary>Runs when what came before is done; the outcome goes to <paramref name="done"/>.</summary>
    public Task Invoke(Arrival arrival, Action<Outcome> done)
    {
        lock (_gate)
            return _last = RunAfterAsync(_last, arrival, done);
    }

    public async Task CloseAsync()
    {
        await _last;
        await DropAsync();
    }

    private async Task RunAfterAsync(Task before, Arrival arrival, Action<Outcome> done)
    {
        await Task.Yield();
        await before;
        done(await RunAsync(arrival));
        if (arrival.IsLast || !arm.KeepsConnection)
            await DropAsync();
    }

    private async Task<Outcome> RunAsync(Arrival arrival)
    {
        var connected = -1L;
        var left = deadline - TimeSpan.FromMicroseconds(clock.Now - arrival.AtMicroseconds);
        if (left <= TimeSpan.Zero)
            return Ended(FailureClass.Deadline, "the environment was busy until then");
        using var end = new CancellationTokenSource(left);
        try
        {
            if (_connection is null)
            {
                var begin = clock.Now;
                _connection = await ConnectAsync(end.Token);
                connected = clock.Now - begin;
            }
            await Handler.RunAsync(engine, _connection, arrival.Item, end.Token);
            // The platform would have ended it: an answer that came later reached nobody.
            if (clock.Now - arrival.AtMicroseconds > deadline.TotalMicroseconds)
                throw new CommitUnknown(new TimeoutException());
            return Ended("", "");
        }
        catch (Exception error)
        {
            var outcome = end.IsCancellationRequested && error is not CommitUnknown
                ? Ended(FailureClass.Deadline, error.Message)
                : Ended(FailureClass.Of(error), error.Message);
            await DropAsync();
            return outcome;
        }

        Outcome Ended(string failure, string text) => new(
            arrival.Number, arrival.Environment, arrival.AtMicroseconds, clock.Now, connected, failure, text);
    }

    private async Task<DbConnection> ConnectAsync(CancellationToken deadlineToken)
    {
        var connection = await source.OpenConnectionAsync(deadlineToken);
        if (!arm.SetsAtConnect)
            return connection;
        try
        {
            await using var command = connection.CreateCommand();
            command.CommandText = engine.DriversSettings;
            await command.ExecuteNonQueryAsync(deadlineToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private async Task DropAsync()
    {
        if (_connection is not { } connection)
            return;
        _connection = null;
        try
        {
            await connection.DisposeAsync();
        }
        catch (Exception error) when (error is DbException or IOException)
        {
            // It was broken already.
        }
    }
}
