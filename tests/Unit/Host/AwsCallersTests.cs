using Sento.Host.Identities;
using Sento.Identity.AwsCallers;
using Sento.Identity.DbAuth;
using Xunit;

namespace Sento.Tests.Unit.Host;

/// <summary>What AWS has said is remembered, and strangers don't crowd out whom it knows.</summary>
public sealed class AwsCallersTests
{
    private const string Arn = "arn:aws:iam::123456789012:user/app";
    private const string GoodKey = "AKIAGOOD";

    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;

    private readonly Dictionary<string, int> _asked = [];

    [Fact]
    public async Task Good_answer_has_a_place_however_many_were_refused()
    {
        using var callers = New();
        await AskAll(callers, "AKIABOGUS", CallerAnswers.GoodMax);

        await Ask(callers, GoodKey, 0);

        Assert.Equal((Arn, DbAuthVerdict.Good), Known(callers, GoodKey, 0));
    }

    [Fact]
    public async Task Good_answer_keeps_its_place_however_many_are_refused()
    {
        using var callers = New();
        await Ask(callers, GoodKey, 0);

        await AskAll(callers, "AKIABOGUS", CallerAnswers.GoodMax + 1);

        Assert.Equal((Arn, DbAuthVerdict.Good), Known(callers, GoodKey, 0));
        Assert.Equal(1, _asked[GoodKey]);
    }

    [Fact]
    public async Task Where_all_places_are_taken_the_answer_goes_that_was_asked_for_least_lately()
    {
        using var callers = New();
        await AskAll(callers, GoodKey, CallerAnswers.GoodMax);
        Assert.Equal(DbAuthVerdict.Good, Known(callers, GoodKey, 0).Verdict);

        await Ask(callers, GoodKey, CallerAnswers.GoodMax);

        Assert.Equal(DbAuthVerdict.Good, Known(callers, GoodKey, CallerAnswers.GoodMax).Verdict);
        Assert.Equal(DbAuthVerdict.Good, Known(callers, GoodKey, 0).Verdict);
        Assert.Equal(DbAuthVerdict.StsUnreachable, Find(callers, GoodKey, 1, out var asking).Verdict);
        await asking!;
    }

    [Fact]
    public async Task Refusals_have_half_as_many_places_and_are_asked_for_once()
    {
        using var callers = New();
        await AskAll(callers, "AKIABOGUS", CallerAnswers.RefusalsMax);
        Assert.Equal((null, DbAuthVerdict.StsRefused), Known(callers, "AKIABOGUS", 0));
        Assert.Equal(CallerAnswers.RefusalsMax, _asked["AKIABOGUS"]);

        await AskAll(callers, "AKIAOTHER", CallerAnswers.RefusalsMax);

        Find(callers, "AKIABOGUS", 0, out var asking);
        await asking!;
    }

    [Fact]
    public async Task Question_that_fails_in_any_way_leaves_its_place_to_others()
    {
        var isBroken = true;
        using var callers = new AwsCallers((_, _) =>
            isBroken ? throw new InvalidOperationException() : Task.FromResult<string?>(Arn));
        for (var i = 0; i < AwsCallers.QuestionsMax; i++)
        {
            Find(callers, GoodKey, i, out var asking);
            await Assert.ThrowsAsync<InvalidOperationException>(() => asking!);
        }
        isBroken = false;

        await Ask(callers, GoodKey, AwsCallers.QuestionsMax);

        Assert.Equal(DbAuthVerdict.Good, Known(callers, GoodKey, AwsCallers.QuestionsMax).Verdict);
    }

    /// <summary>An AWS that knows one key, and counts how often it is asked for each.</summary>
    private AwsCallers New() => new((token, _) =>
    {
        lock (_asked)
            _asked[token.AccessKeyId] = _asked.GetValueOrDefault(token.AccessKeyId) + 1;
        return Task.FromResult(token.AccessKeyId == GoodKey ? Arn : null);
    });

    private static async Task AskAll(AwsCallers callers, string key, int count)
    {
        for (var number = 0; number < count; number++)
            await Ask(callers, key, number);
    }

    private static async Task Ask(AwsCallers callers, string key, int number)
    {
        Assert.Null(Find(callers, key, number, out var asking).Arn);
        await asking!;
    }

    private static (string? Arn, DbAuthVerdict Verdict) Known(AwsCallers callers, string key, int number)
    {
        var known = Find(callers, key, number, out var asking);
        Assert.Null(asking);
        return known;
    }

    private static (string? Arn, DbAuthVerdict Verdict) Find(
        AwsCallers callers, string key, int number, out Task? asking)
    {
        var text = CallerTokens.Make(key, number, Now);
        Assert.Equal(DbAuthVerdict.Good, CallerToken.Read(text, [CallerTokens.Region], Now, out var token));
        return callers.Find(text, token!, "sento-tests", Now, out asking);
    }
}
