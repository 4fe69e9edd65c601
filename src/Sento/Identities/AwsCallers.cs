using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Sento.Host.Aws;
using Sento.Identity.AwsCallers;
using Sento.Identity.DbAuth;

namespace Sento.Host.Identities;

/// <summary>Whom AWS takes the bearers of presigned requests for, asked once for each. Any thread.</summary>
/// <remarks>
/// What was said is remembered as long as the request is good; that AWS would not say it, for a minute. Above
/// a bound of questions at once nobody is asked.
/// </remarks>
internal sealed class AwsCallers : IDisposable
{
    private const int RememberedMax = 10_000;
    private const int QuestionsMax = 64;
    private static readonly TimeSpan RefusalLife = TimeSpan.FromMinutes(1);

    // Most proxies never ask, and are spared what it loads.
    private readonly Lazy<StsClient> _sts = new(() => new StsClient());
    private readonly ConcurrentDictionary<string, Answer> _answers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Task> _questions = new(StringComparer.Ordinal);

    /// <param name="asking">Set while AWS is being asked: there is an answer when it has ended.</param>
    public (string? Arn, DbAuthVerdict Verdict) Find(
        string text, CallerToken token, string serverId, DateTimeOffset now, out Task? asking)
    {
        asking = null;
        // Never the token itself: it lets its bearer in.
        var id = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{serverId}\0{text}")));
        if (_answers.TryGetValue(id, out var known) && now < known.Until)
            return (known.Arn, known.Verdict);
        lock (_questions)
        {
            if (!_questions.TryGetValue(id, out asking) && _questions.Count < QuestionsMax)
                _questions[id] = asking = Task.Run(() => AskAsync(id, token, serverId));
        }
        return (null, DbAuthVerdict.StsUnreachable);
    }

    public void Dispose()
    {
        if (_sts.IsValueCreated)
            _sts.Value.Dispose();
    }

    private async Task AskAsync(string id, CallerToken token, string serverId)
    {
        var answer = await AnswerOfAsync(token, serverId);
        if (_answers.Count >= RememberedMax)
            Forget();
        // One that would not fit is asked for again.
        if (_answers.Count < RememberedMax)
            _answers[id] = answer;
        lock (_questions)
            _questions.Remove(id);
    }

    private async Task<Answer> AnswerOfAsync(CallerToken token, string serverId)
    {
        try
        {
            var arn = await _sts.Value.WhoIsAsync(token, serverId, CancellationToken.None);
            return arn is not null
                ? new Answer(arn, DbAuthVerdict.Good, token.ExpiresAt)
                : new Answer(null, DbAuthVerdict.StsRefused, DateTimeOffset.UtcNow + RefusalLife);
        }
        catch (AwsFault)
        {
            // Whoever waits for it is told so; the next one asks again.
            return new Answer(null, DbAuthVerdict.StsUnreachable, DateTimeOffset.UtcNow.AddSeconds(1));
        }
    }

    private void Forget()
    {
        var now = DateTimeOffset.UtcNow;
        foreach (var (id, answer) in _answers)
        {
            if (now >= answer.Until)
                _answers.TryRemove(id, out _);
        }
    }

    private sealed record Answer(string? Arn, DbAuthVerdict Verdict, DateTimeOffset Until);
}
