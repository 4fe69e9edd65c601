using System.Data.Common;
using System.Globalization;
using Sento.Lab.Engines;
using Sento.Lab.Roads;

namespace Sento.Lab.Measures;

/// <summary>The application's connections, as the server sees them.</summary>
/// <param name="Busy">With a statement or a transaction open.</param>
/// <param name="Overdue">With a statement that has run for longer than an invocation may.</param>
internal readonly record struct Activity(int Connections, int Busy, int Overdue)
{
    private const string TagStart = "/* " + IEngine.SlowTag;

    public static async Task<Activity> ReadAsync(DbConnection connection, LabStage stage)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = stage.Engine.Activity(stage.Database.User, stage.Plan.Deadline);
        await using var row = await command.ExecuteReaderAsync();
        await row.ReadAsync();
        return new(Number(0), Number(1), Number(2));

        int Number(int column) => Convert.ToInt32(row.GetValue(column), CultureInfo.InvariantCulture);
    }

    /// <summary>The same, with the invocations whose slow statement runs now.</summary>
    public static async Task<(Activity Seen, int[] Running)> ReadRunningAsync(
        DbConnection connection, LabStage stage)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = stage.Engine.Running(stage.Database.User);
        await using var rows = await command.ExecuteReaderAsync();
        var (connections, busy) = (0, 0);
        var running = new List<int>();
        while (await rows.ReadAsync())
        {
            connections++;
            if (!rows.IsDBNull(0) && Convert.ToBoolean(rows.GetValue(0), CultureInfo.InvariantCulture))
                busy++;
            if (!rows.IsDBNull(1) && InvocationIn(rows.GetString(1)) is { } invocation)
                running.Add(invocation);
        }
        return (new(connections, busy, 0), [.. running]);
    }

    private static int? InvocationIn(string text)
    {
        if (!text.StartsWith(TagStart, StringComparison.Ordinal))
            return null;
        var digits = text[TagStart.Length..].TakeWhile(char.IsAsciiDigit).ToArray();
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
    }
}
