using System.Data.Common;
using Sento.Lab.Engines;
using Sento.Lab.Plan;

namespace Sento.Lab.Load;

/// <summary>
/// What a function does in one invocation: a transaction with a read and a write, both with parameters. It
/// knows no deadline: that is the platform's.
/// </summary>
internal static class Handler
{
    /// <param name="committing">Told right before the commit is sent; what it throws ends the work.</param>
    public static async Task RunAsync(
        IEngine engine, DbConnection connection, LabPlan plan, Arrival arrival, Action committing)
    {
        var item = arrival.Item;
        var text = plan.IsSlow(arrival) ? engine.SlowRead(plan.SlowRows, arrival.Number) : engine.Read;
        await using var transaction = await connection.BeginTransactionAsync();
        await using var read = Statement(engine, transaction, text, item);
        var price = await read.ExecuteScalarAsync();
        if (price switch { int said => said, long said => said, _ => -1 } != item * 7 % 1000)
            throw new WrongAnswer($"item {item} costs {item * 7 % 1000}, the answer was {price}");
        await using var write = Statement(engine, transaction, engine.Write, item);
        if (await write.ExecuteNonQueryAsync() != 1)
            throw new WrongAnswer($"the write of item {item} touched other than one row");
        committing();
        try
        {
            await transaction.CommitAsync();
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
