using System.Collections.Immutable;
using System.Globalization;

namespace Sento.Model;

/// <summary>Makes properties of each type of value for one record.</summary>
internal static class Properties<T>
{
    /// <param name="zeroMeans">What 0 means when it lies outside the range; null: it is not allowed.</param>
    public static Property<T> Whole(
        string name, PropertyOrigin origin, int min, int max, Func<T, int?> get, Func<T, int, T> set,
        string meaning, string? zeroMeans = null, bool isRequired = false)
    {
        var range = (zeroMeans is null ? "" : $"0 ({zeroMeans}), or ") + $"{min} to {max}";
        return new Property<T>
        {
            Name = name,
            Origin = origin,
            Type = "whole number",
            Range = range,
            Meaning = meaning,
            IsRequired = isRequired,
            Read = Scalar((record, text) =>
                int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
                    ? new(set(record, value), null)
                    : new(record, $"\"{text}\" is not a whole number; allowed: {range}")),
            Show = record => get(record)?.ToString(CultureInfo.InvariantCulture),
            Check = record => get(record) is not { } value
                || (value >= min && value <= max) || (value == 0 && zeroMeans is not null)
                    ? null
                    : $"{value} is out of range; allowed: {range}",
        };
    }

    /// <summary>RDS's durations: whole seconds, nothing else.</summary>
    public static Property<T> Seconds(
        string name, int min, int max, Func<T, TimeSpan> get, Func<T, TimeSpan, T> set, string meaning)
    {
        var range = $"{min} to {max}";
        return new Property<T>
        {
            Name = name,
            Origin = PropertyOrigin.Rds,
            Type = "seconds",
            Range = range,
            Meaning = meaning,
            Read = Scalar((record, text) =>
            {
                if (int.TryParse(
                    text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
                    return new(set(record, TimeSpan.FromSeconds(value)), null);
                var hint =
                    DurationText.TryParse(text, out var meant) ? $"; did you mean {meant.TotalSeconds}?" : "";
                return new(record, $"\"{text}\" is not a whole number of seconds; allowed: {range}{hint}");
            }),
            Show = record => get(record).TotalSeconds.ToString(CultureInfo.InvariantCulture),
            Check = record => get(record).TotalSeconds is var value && value >= min && value <= max
                ? null
                : $"{value} is out of range; allowed: {range}",
        };
    }

    /// <summary>Sento's own durations: seconds, or a number with a unit.</summary>
    public static Property<T> Duration(
        string name, string min, string max, Func<T, TimeSpan> get, Func<T, TimeSpan, T> set,
        string meaning, string? zeroMeans = null)
    {
        var range = (zeroMeans is null ? "" : $"0 ({zeroMeans}), or ") + $"{min} to {max}";
        _ = DurationText.TryParse(min, out var least);
        _ = DurationText.TryParse(max, out var most);
        return new Property<T>
        {
            Name = name,
            Origin = PropertyOrigin.Own,
            Type = "duration",
            Range = range,
            Meaning = meaning,
            Read = Scalar((record, text) => DurationText.TryParse(text, out var value)
                ? new(set(record, value), null)
                : new(
                    record,
                    $"\"{text}\" is not a duration such as 500ms, 30s, 5m, 1h or a number of seconds; "
                    + $"allowed: {range}")),
            Show = record => DurationText.Show(get(record)),
            Check = record => get(record) is var value
                && ((value >= least && value <= most) || (value == default && zeroMeans is not null))
                    ? null
                    : $"{DurationText.Show(value)} is out of range; allowed: {range}",
        };
    }

    public static Property<T> Switch(
        string name, PropertyOrigin origin, Func<T, bool> get, Func<T, bool, T> set, string meaning) => new()
        {
            Name = name,
            Origin = origin,
            Type = "true or false",
            Meaning = meaning,
            Read = Scalar((record, text) => text switch
            {
                "true" => new(set(record, true), null),
                "false" => new(set(record, false), null),
                _ => new(record, $"\"{text}\" is neither true nor false"),
            }),
            Show = record => get(record) ? "true" : "false",
        };

    public static Property<T> Choice<TEnum>(
        string name, PropertyOrigin origin, (string Text, TEnum Value)[] choices, Func<T, TEnum> get,
        Func<T, TEnum, T> set, string meaning, bool isRequired = false)
        where TEnum : struct, Enum
    {
        string[] names = [.. choices.Select(choice => choice.Text)];
        var range = string.Join(", ", names);
        return new Property<T>
        {
            Name = name,
            Origin = origin,
            Type = "one of",
            Range = range,
            Meaning = meaning,
            IsRequired = isRequired,
            Read = Scalar((record, text) =>
            {
                foreach (var (choice, value) in choices)
                {
                    if (choice == text)
                        return new(set(record, value), null);
                }
                return new(record, $"\"{text}\" is not one of {range}{Suggestion.For(text, names)}");
            }),
            Show = record => choices.First(choice => choice.Value.Equals(get(record))).Text,
        };
    }

    public static Property<T> Text(
        string name, PropertyOrigin origin, Func<T, string?> get, Func<T, string, T> set, string meaning,
        string type = "text", string range = "", Func<string, string?>? check = null, bool isRequired = false,
        bool isFile = false) => new()
        {
            Name = name,
            Origin = origin,
            Type = type,
            Range = range,
            Meaning = meaning,
            IsRequired = isRequired,
            IsFile = isFile,
            Read = Scalar((record, text) => new(set(record, text), null)),
            Show = get,
            Check = record => check is not null && get(record) is { } value ? check(value) : null,
        };

    public static Property<T> List(
        string name, PropertyOrigin origin, Func<T, ImmutableArray<string>> get,
        Func<T, ImmutableArray<string>, T> set, string meaning, string type, string range = "",
        bool isRequired = false, Func<string, string?>? check = null) => new()
        {
            Name = name,
            Origin = origin,
            Shape = PropertyShape.List,
            Type = type,
            Range = range,
            Meaning = meaning,
            IsRequired = isRequired,
            Read = (record, texts) => new(set(record, texts), null),
            Show = record => get(record).IsEmpty ? null : string.Join(", ", get(record)),
            Check = record =>
                check is null ? null : get(record).Select(check).FirstOrDefault(fault => fault is not null),
        };

    /// <summary>A part with a table of its own.</summary>
    public static Property<T> Section(
        string name, PropertyOrigin origin, string meaning, bool isList = false,
        bool isRequired = false) => new()
        {
            Name = name,
            Origin = origin,
            Shape = isList ? PropertyShape.SectionList : PropertyShape.Section,
            Type = isList ? "list of sections" : "section",
            Meaning = meaning,
            IsRequired = isRequired,
        };

    /// <summary>RDS's, without a meaning here: any value is accepted.</summary>
    public static Property<T> Unused(string name, string why) => new()
    {
        Name = name,
        Origin = PropertyOrigin.Unused,
        Type = "any",
        Meaning = why,
    };

    private static Func<T, ImmutableArray<string>, Reading<T>> Scalar(Func<T, string, Reading<T>> read) =>
        (record, texts) => read(record, texts[0]);
}
