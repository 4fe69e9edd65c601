using Npgsql;

namespace Sento.Lab.Load;

/// <summary>
/// The function's code: a transaction with one read and one write, both with parameters. It checks what it
/// read, so that an answer meant for somebody else would be an error and not a success.
/// </summary>
internal static class Handler
{
    public const string Schema =
        "CREATE TABLE item (id int PRIMARY KEY, price int NOT NULL, hits int NOT NULL) "
        + "WITH (fillfactor = 50)";

    public static async Task RunAsync(NpgsqlConnection connection, int item, CancellationToken deadline)
    {
        await using var transaction = await connection.BeginTransactionAsync(deadline);
        await using var read = new NpgsqlCommand("SELECT price FROM item WHERE id = $1", connection);
        read.Parameters.Add(new NpgsqlParameter<int> { TypedValue = item });
        var price = (int?)await read.ExecuteScalarAsync(deadline);
        if (price != item * 7 % 1000)
            throw new WrongAnswer($"item {item} costs {item * 7 % 1000}, the answer was {price}");
        await using var write = new NpgsqlCommand(
            "UPDATE item SET hits = hits + 1 WHERE id = $1", connection);
        write.Parameters.Add(new NpgsqlParameter<int> { TypedValue = item });
        if (await write.ExecuteNonQueryAsync(deadline) != 1)
            throw new WrongAnswer($"the write of item {item} touched other than one row");
        try
        {
            await transaction.CommitAsync(deadline);
        }
        catch (Exception error) when (error is not PostgresException)
        {
            throw new CommitUnknown(error);
        }
    }
}

/// <summary>The database answered something that is not the answer to what was asked.</summary>
internal sealed class WrongAnswer(string message) : Exception(message);

/// <summary>The invocation ended while its commit was under way: the write may stand or not.</summary>
internal sealed class CommitUnknown(Exception cause) : Exception("ended while committing", cause);
