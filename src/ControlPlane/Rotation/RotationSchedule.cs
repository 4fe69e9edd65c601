using System.Globalization;
using Sento.Vault;

namespace Sento.ControlPlane.Rotation;

/// <summary>When a secret rotates next: days, rate(…) or cron(…), in UTC as AWS. Pure.</summary>
internal static class RotationSchedule
{
    /// <summary>What is wrong with the expression; null: nothing.</summary>
    public static string? Check(string expression)
    {
        if (Argument(expression, "rate") is { } rate)
            return Rate(rate) is null
                ? $"\"{expression}\" is no rate; for example rate(10 days), rate(4 hours)"
                : null;
        if (Argument(expression, "cron") is { } cron)
            return CronExpression.TryParse(cron, out _, out var fault) ? null : $"\"{expression}\": {fault}";
        return $"\"{expression}\" is no schedule; for example rate(10 days) or cron(0 8 1 * ? *)";
    }

    public static string? CheckDuration(string duration) =>
        duration.EndsWith('h') && int.TryParse(duration.AsSpan(0, duration.Length - 1), NumberStyles.None,
            CultureInfo.InvariantCulture, out var hours) && hours is > 0 and <= 24
            ? null
            : $"Duration \"{duration}\" is no window; for example 3h";

    /// <summary>The first time after <paramref name="now"/>; null: only on demand.</summary>
    public static DateTimeOffset? Next(SecretRotation rotation, DateTimeOffset now)
    {
        if (rotation.AutomaticallyAfterDays is { } days)
            return now.AddDays(days);
        if (rotation.Schedule is not { } expression)
            return null;
        if (Argument(expression, "rate") is { } rate)
            return now + Rate(rate);
        return Argument(expression, "cron") is { } cron
            && CronExpression.TryParse(cron, out var parsed, out _)
            ? parsed.Next(now)
            : null;
    }

    private static string? Argument(string expression, string kind) =>
        expression.StartsWith(kind + "(", StringComparison.Ordinal) && expression.EndsWith(')')
            ? expression[(kind.Length + 1)..^1]
            : null;

    private static TimeSpan? Rate(string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length != 2
            || !int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            || count is 0 or > 24_000)
            return null;
        // AWS knows hours and days; seconds and minutes are Sento's own, for trying things out.
        return words[1] switch
        {
            "second" or "seconds" => TimeSpan.FromSeconds(count),
            "minute" or "minutes" => TimeSpan.FromMinutes(count),
            "hour" or "hours" => TimeSpan.FromHours(count),
            "day" or "days" => TimeSpan.FromDays(count),
            _ => null,
        };
    }
}
