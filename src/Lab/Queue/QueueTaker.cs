using Microsoft.Data.Sqlite;
using Sento.Lab.Plan;

namespace Sento.Lab.Queue;

/// <summary>The workers' end of the queue; one thread uses it.</summary>
internal sealed class QueueTaker(string path) : IDisposable
{
    private readonly SqliteConnection _file = QueueFile.Open(path);

    /// <summary>Removes what is done, makes visible again what failed, takes what waits.</summary>
    /// <param name="now">Microseconds.</param>
    public IReadOnlyList<(long Id, Arrival Arrival)> Exchange(
        IReadOnlyList<long> done, IReadOnlyList<long> failed, int count, long now)
    {
        using var transaction = _file.BeginTransaction(deferred: false);
        foreach (var id in done)
            Run("DELETE FROM message WHERE id = $id", id);
        foreach (var id in failed)
            Run("UPDATE message SET visible = 0 WHERE id = $id", id);
        var taken = Take(count, now);
        transaction.Commit();
        return taken;
    }

    public void Dispose() => _file.Dispose();

    private List<(long Id, Arrival Arrival)> Take(int count, long now)
    {
        var taken = new List<(long Id, Arrival Arrival)>();
        if (count == 0)
            return taken;
        using var command = _file.CreateCommand();
        command.CommandText = """
            UPDATE message SET visible = $until WHERE id IN
                (SELECT id FROM message WHERE visible <= $now ORDER BY visible, id LIMIT $count)
            RETURNING id, number, environment, wanted, item
            """;
        command.Parameters.AddWithValue("$now", now);
        command.Parameters.AddWithValue("$until", now + QueueFile.VisibilityMicroseconds);
        command.Parameters.AddWithValue("$count", count);
        using var rows = command.ExecuteReader();
        while (rows.Read())
        {
            taken.Add((rows.GetInt64(0), new Arrival(
                rows.GetInt32(1), rows.GetInt32(2), rows.GetInt64(3), rows.GetInt32(4), false)));
        }
        return taken;
    }

    private void Run(string sql, long id)
    {
        using var command = _file.CreateCommand();
        command.CommandText = sql;
        command.Parameters.AddWithValue("$id", id);
        command.ExecuteNonQuery();
    }
}
