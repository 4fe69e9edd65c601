using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace Sento.Identity.Policies;

/// <summary>One value of a condition, read once; compares itself with what a request has.</summary>
internal abstract class Comparand
{
    public abstract bool Matches(string actual, ConditionValues values);

    /// <returns>Null: <paramref name="text"/> is not what the operator compares.</returns>
    public static Comparand? Parse(ConditionOperator by, string text, bool hasVariables, out string fault)
    {
        fault = "";
        switch (by.Kind)
        {
            case ComparandKind.Text or ComparandKind.TextIgnoringCase or ComparandKind.Pattern:
                var syntax = (hasVariables ? PatternSyntax.Variables : 0)
                    | (by.Kind == ComparandKind.Pattern ? PatternSyntax.Wildcards : 0);
                return TextPattern.TryParse(text, syntax, out var pattern, out fault)
                    ? new OfText(pattern, by.Kind == ComparandKind.TextIgnoringCase)
                    : null;
            case ComparandKind.Arn:
                return ArnPattern.TryParse(text, hasVariables, out var arn, out fault)
                    ? new OfArn(arn) : null;
            case ComparandKind.Number when TryNumber(text, out var number):
                return new Ordered<decimal>(number, by.Relation, TryNumber);
            case ComparandKind.Date when TryDate(text, out var date):
                return new Ordered<DateTimeOffset>(date, by.Relation, TryDate);
            case ComparandKind.Truth or ComparandKind.Presence when TryTruth(text, out var truth):
                return new OfTruth(truth);
            case ComparandKind.Bytes when TryBytes(text, out var bytes):
                return new OfBytes(bytes);
            case ComparandKind.Network when AddressRange.TryParse(text, out var range):
                return new OfNetwork(range);
            default:
                fault = $"\"{text}\" is not {Wanted(by.Kind)}";
                return null;
        }
    }

    /// <summary>Text that names all there is: such a condition restricts nothing.</summary>
    public virtual bool IsAnything => false;

    public static bool TryTruth(string text, out bool truth) => bool.TryParse(text, out truth);

    private static string Wanted(ComparandKind kind) => kind switch
    {
        ComparandKind.Number => "a number",
        ComparandKind.Date => "a date as 2026-01-31T12:00:00Z or seconds since 1970",
        ComparandKind.Bytes => "Base64",
        ComparandKind.Network => "an IP address or range as 10.0.0.0/8",
        _ => "true or false",
    };

    private static bool TryNumber(string text, out decimal number) => decimal.TryParse(
        text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
        out number);

    private static bool TryDate(string text, out DateTimeOffset date)
    {
        string[] formats =
        [
            "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd",
        ];
        if (DateTimeOffset.TryParseExact(
            text, formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out date))
            return true;
        const long secondsMax = 253_402_300_799;
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || seconds > secondsMax)
            return false;
        date = DateTimeOffset.FromUnixTimeSeconds(seconds);
        return true;
    }

    private static bool TryBytes(string text, [NotNullWhen(true)] out byte[]? bytes)
    {
        var buffer = new byte[text.Length];
        bytes = Convert.TryFromBase64String(text, buffer, out var count) ? buffer[..count] : null;
        return bytes is not null;
    }

    private delegate bool Reader<T>(string text, out T value);

    private sealed class OfText(TextPattern pattern, bool ignoresCase) : Comparand
    {
        public override bool IsAnything => pattern.IsOnlyWildcards;

        public override bool Matches(string actual, ConditionValues values) =>
            pattern.Matches(actual, values, ignoresCase);
    }

    private sealed class OfArn(ArnPattern pattern) : Comparand
    {
        public override bool IsAnything => pattern.Text == "*";

        public override bool Matches(string actual, ConditionValues values) =>
            pattern.Matches(actual, values);
    }

    private sealed class OfTruth(bool wanted) : Comparand
    {
        public override bool Matches(string actual, ConditionValues values) =>
            TryTruth(actual, out var truth) && truth == wanted;
    }

    private sealed class OfBytes(byte[] wanted) : Comparand
    {
        public override bool Matches(string actual, ConditionValues values) =>
            TryBytes(actual, out var bytes) && bytes.AsSpan().SequenceEqual(wanted);
    }

    private sealed class OfNetwork(AddressRange range) : Comparand
    {
        public override bool IsAnything => range.IsEverything;

        public override bool Matches(string actual, ConditionValues values) =>
            IPAddress.TryParse(actual, out var address) && range.Contains(address);
    }

    private sealed class Ordered<T>(T bound, Relation relation, Reader<T> read) : Comparand
        where T : IComparable<T>
    {
        public override bool Matches(string actual, ConditionValues values)
        {
            if (!read(actual, out var value))
                return false;
            var order = value.CompareTo(bound);
            return relation switch
            {
                Relation.Less => order < 0,
                Relation.LessOrEqual => order <= 0,
                Relation.Greater => order > 0,
                Relation.GreaterOrEqual => order >= 0,
                _ => order == 0,
            };
        }
    }
}
