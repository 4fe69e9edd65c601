using System.Globalization;
using Sento.Lab.Plan;

namespace Sento.Lab.Reports;

/// <summary>The words of screen and report, in one language.</summary>
public sealed class Phrases
{
    private readonly bool _isJapanese;

    private Phrases(bool isJapanese) => _isJapanese = isJapanese;

    /// <summary>The language's code for the page.</summary>
    public string Language => _isJapanese ? "ja" : "en";

    public static Phrases In(string language) => new(language == "ja");

    /// <summary>A phrase with its numbers.</summary>
    public string Say(string key, params object[] values)
    {
        var (english, japanese) = PhraseTable.All[key];
        return string.Format(CultureInfo.InvariantCulture, _isJapanese ? japanese : english, values);
    }

    public string NameOf(Arm arm) => arm switch
    {
        { Road: Road.Direct, KeepsConnection: false } => Say("arm.each", arm.Limit),
        { Road: Road.Direct } => Say("arm.direct", arm.Limit),
        { Road: Road.Queue } => Say("arm.queue", arm.Workers),
        { Road: Road.PgBouncer } => Say("arm.pgbouncer"),
        { HasRdsRules: true, SetsAtConnect: true } => Say("arm.rds.sets"),
        { HasRdsRules: true } => Say("arm.rds"),
        { SetsAtConnect: true } => Say("arm.sento.sets"),
        { BorrowSeconds: { } seconds } => Say("arm.sento.impatient", seconds),
        _ => Say("arm.sento"),
    };
}
