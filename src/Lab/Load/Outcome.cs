using System.Globalization;

namespace Sento.Lab.Load;

/// <summary>What became of one invocation. Times are microseconds from the start of the arm.</summary>
/// <param name="Connected">Time that connecting took; -1: the connection was there.</param>
/// <param name="Error">Its class: an SQLSTATE or a word; empty: it succeeded.</param>
/// <param name="Text">What the error said.</param>
internal readonly record struct Outcome(
    int Number, int Environment, long Wanted, long Ended, long Connected, string Error, string Text)
{
    /// <summary>Not decided here: the invocation lies in the queue and its worker knows.</summary>
    public const string Queued = "queued";

    public const string Head = "invocation,environment,wanted_us,ended_us,connect_us,error,text";

    private const int TextCharactersMax = 160;

    public bool Succeeded => Error.Length == 0;

    public string ToLine() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Number},{Environment},{Wanted},{Ended},{Connected},{Error},{Plain(Text)}");

    public static Outcome Read(string line)
    {
        var fields = line.Split(',', 7);
        return new(
            int.Parse(fields[0], CultureInfo.InvariantCulture),
            int.Parse(fields[1], CultureInfo.InvariantCulture),
            long.Parse(fields[2], CultureInfo.InvariantCulture),
            long.Parse(fields[3], CultureInfo.InvariantCulture),
            long.Parse(fields[4], CultureInfo.InvariantCulture), fields[5], fields[6]);
    }

    private static string Plain(string text)
    {
        var plain = text.Replace(',', ';').Replace('"', '\'').ReplaceLineEndings(" ");
        return plain[..Math.Min(plain.Length, TextCharactersMax)];
    }
}
