using System.Data.Common;
using Sento.Lab.Engines;

namespace Sento.Lab.Load;

/// <summary>
/// What a function does in one invocation: a transaction with a read and a write, both with parameters.
/// </summary>
internal static class Handler
{
    public static async Task RunAsync(
        IEngine engine, DbConnection connection, int item, CancellationToken deadline)
    {
        await using var transaction = await connection.BeginTransactionAsync(deadline);
        await using var read = Statement(engine, transaction, engine.Read, item);
        var price = await read.ExecuteScalarAsync(deadline);
        if (price is not int said || said != item * 7 % 1000)
            throw new WrongAnswer($"item {item} costs {item * 7 % 1000}, the answer was {price}");
        await using var write = Statement(engine, transaction, engine.Write, item);
        if (await write.ExecuteNonQueryAsync(deadline) != 1)
            throw new WrongAnswer($"the write of item {item} touched other than one row");
        try
        {
            await transaction.CommitAsync(deadline);
        }
        catch (Exception error) when (!engine.IsServersAnswer(error))
        {
            throw new CommitUnknown(error);
        }
    }

    private static DbCommand Statement(IEngine engine, DbTransaction transaction, string text, int value)
    {
        var command = transaction.Connection!.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = text;
        command.Parameters.Add(engine.Parameter(value));
        return command;
    }
}

/// <summary>The database answered something that is not the answer to what was asked.</summary>
internal sealed class WrongAnswer(string message) : Exception(message);

/// <summary>The invocation ended while its commit was under way: the write may stand or not.</summary>
internal sealed class CommitUnknown(Exception cause) : Exception("ended while committing", cause);
