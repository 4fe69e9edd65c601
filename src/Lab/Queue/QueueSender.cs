using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Sento.Lab.Plan;

namespace Sento.Lab.Queue;

/// <summary>
/// Puts messages into the queue. One thread writes whatever waits in one transaction, as brokers do; a sender
/// is told once its message is in the file.
/// </summary>
internal sealed class QueueSender : IDisposable
{
    private const int BatchMax = 500;

    private readonly BlockingCollection<(Arrival Arrival, TaskCompletionSource Sent)> _waiting = [];
    private readonly SqliteConnection _file;
    private readonly Thread _writer;

    public QueueSender(string path)
    {
        _file = QueueFile.Open(path);
        _writer = new Thread(Write) { IsBackground = true };
        _writer.Start();
    }

    public Task SendAsync(Arrival arrival)
    {
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Add((arrival, sent));
        return sent.Task;
    }

    public void Dispose()
    {
        _waiting.CompleteAdding();
        _writer.Join();
        _file.Dispose();
        _waiting.Dispose();
    }

    private void Write()
    {
        foreach (var first in _waiting.GetConsumingEnumerable())
        {
            var batch = new List<(Arrival Arrival, TaskCompletionSource Sent)> { first };
            while (batch.Count < BatchMax && _waiting.TryTake(out var next))
                batch.Add(next);
            try
            {
                Insert(batch.Select(message => message.Arrival));
                batch.ForEach(message => message.Sent.SetResult());
            }
            catch (SqliteException error)
            {
                batch.ForEach(message => message.Sent.SetException(error));
            }
        }
    }

    private void Insert(IEnumerable<Arrival> arrivals)
    {
        using var transaction = _file.BeginTransaction(deferred: false);
        using var command = _file.CreateCommand();
        command.CommandText =
            "INSERT INTO message (number, environment, wanted, item, visible) VALUES ($n, $e, $w, $i, 0)";
        foreach (var arrival in arrivals)
        {
            command.Parameters.Clear();
            command.Parameters.AddWithValue("$n", arrival.Number);
            command.Parameters.AddWithValue("$e", arrival.Environment);
            command.Parameters.AddWithValue("$w", arrival.AtMicroseconds);
            command.Parameters.AddWithValue("$i", arrival.Item);
            command.ExecuteNonQuery();
        }
        transaction.Commit();
    }
}
