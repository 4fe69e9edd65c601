using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Sento.ControlPlane.Rotation;

/// <summary>
/// AWS's cron: minutes, hours, day of month, month, day of week, year. One of the two days is a question
/// mark.
/// Pure.
/// </summary>
/// <remarks>
/// Knows *, ?, lists, ranges, steps, L as a day of the month, names of months and days, and n#k and nL as
/// days
/// of the week.
/// </remarks>
internal sealed class CronExpression
{
    private const int YearsAhead = 10;

    /// <summary>Beyond the longest field; far below what a sum of two could not hold.</summary>
    private const int StepMax = 1000;

    private static readonly string[] Months =
        ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

    private static readonly string[] Days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    private readonly HashSet<int>[] _fields;
    private readonly string _dayOfMonth;
    private readonly string _dayOfWeek;

    private CronExpression(HashSet<int>[] fields, string dayOfMonth, string dayOfWeek) =>
        (_fields, _dayOfMonth, _dayOfWeek) = (fields, dayOfMonth, dayOfWeek);

    public static bool TryParse(
        string text, [NotNullWhen(true)] out CronExpression? cron, [NotNullWhen(false)] out string? fault)
    {
        cron = null;
        fault = null;
        var words = text.ToUpperInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length != 6)
            fault =
                "a cron expression has six fields: minutes, hours, day of month, month, day of week, year";
        else if ((words[2] == "?") == (words[4] == "?"))
            fault = "one of day of month and day of week must be ?, the other must not";
        if (fault is not null)
            return false;
        var fields = new HashSet<int>[6];
        (int Min, int Max, string[] Names)[] ranges =
            [(0, 59, []), (0, 23, []), (1, 31, []), (1, 12, Months), (1, 7, Days), (1970, 2199, [])];
        for (var i = 0; i < 6; i++)
        {
            if (IsSpecial(i, words[i]))
                fields[i] = [];
            else if (Field(words[i], ranges[i].Min, ranges[i].Max, ranges[i].Names) is { } values)
                fields[i] = values;
            else
                fault ??= $"\"{words[i]}\" is not possible as field {i + 1}";
        }
        if (fault is not null)
            return false;
        cron = new CronExpression(fields, words[2], words[4]);
        return true;
    }

    /// <summary>The first time after this one, to the minute; null: none within ten years.</summary>
    public DateTimeOffset? Next(DateTimeOffset after)
    {
        var start = after.UtcDateTime.AddMinutes(1);
        var time =
            new DateTime(start.Year, start.Month, start.Day, start.Hour, start.Minute, 0, DateTimeKind.Utc);
        var end = time.AddYears(YearsAhead);
        while (time < end)
        {
            if (!_fields[5].Contains(time.Year) || !_fields[3].Contains(time.Month) || !IsDay(time))
                time = time.Date.AddDays(1);
            else if (!_fields[1].Contains(time.Hour))
                time = time.Date.AddHours(time.Hour + 1);
            else if (!_fields[0].Contains(time.Minute))
                time = time.AddMinutes(1);
            else
                return new DateTimeOffset(time, TimeSpan.Zero);
        }
        return null;
    }

    private static bool IsSpecial(int field, string word) => field switch
    {
        2 => word is "?" or "L",
        4 => word == "?" || IsNth(word)
            || (word.Length == 2 && word[1] == 'L' && word[0] is >= '1' and <= '7'),
        _ => false,
    };

    private static bool IsNth(string word) =>
        word.Length == 3 && word[1] == '#' && word[0] is >= '1' and <= '7' && word[2] is >= '1' and <= '5';

    private static HashSet<int>? Field(string word, int min, int max, string[] names)
    {
        var values = new HashSet<int>();
        foreach (var part in word.Split(','))
        {
            var step = part.Split('/');
            if (step.Length > 2 || !TryStep(step, out var by)
                || !TryRange(step, min, max, names, out var from, out var to))
                return null;
            for (var value = from; value <= to; value += by)
                values.Add(value);
        }
        return values;
    }

    private static bool TryStep(string[] step, out int by)
    {
        by = 1;
        return step.Length == 1
            || (int.TryParse(step[1], NumberStyles.None, CultureInfo.InvariantCulture, out by)
                && by is > 0 and <= StepMax);
    }

    private static bool TryRange(string[] step, int min, int max, string[] names, out int from, out int to)
    {
        (from, to) = (min, max);
        if (step[0] == "*")
            return true;
        var ends = step[0].Split('-');
        if (ends.Length > 2 || !TryNumber(ends[0], min, max, names, out from))
            return false;
        // 10/15 means from 10 on; 10 alone means 10.
        to = step.Length == 2 ? max : from;
        return ends.Length == 1 || (TryNumber(ends[1], min, max, names, out to) && to >= from);
    }

    private static bool TryNumber(string text, int min, int max, string[] names, out int number)
    {
        number = Array.IndexOf(names, text) + 1;
        return number > 0
            || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number)
                && number >= min && number <= max);
    }

    private bool IsDay(DateTime time)
    {
        var daysInMonth = DateTime.DaysInMonth(time.Year, time.Month);
        if (_dayOfMonth == "L")
            return time.Day == daysInMonth;
        if (_dayOfMonth != "?")
            return _fields[2].Contains(time.Day);
        var weekday = (int)time.DayOfWeek + 1;
        if (IsNth(_dayOfWeek))
            return weekday == _dayOfWeek[0] - '0' && ((time.Day - 1) / 7) + 1 == _dayOfWeek[2] - '0';
        if (_dayOfWeek.EndsWith('L'))
            return weekday == _dayOfWeek[0] - '0' && time.Day > daysInMonth - 7;
        return _fields[4].Contains(weekday);
    }
}
