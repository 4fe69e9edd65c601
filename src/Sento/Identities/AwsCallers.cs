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
    public const int QuestionsMax = 64;
    private static readonly TimeSpan RefusalLife = TimeSpan.FromMinutes(1);

    // Most proxies never ask, and are spared what it loads.
    private readonly Lazy<StsClient> _sts = new(() => new StsClient());
    private readonly Func<CallerToken, string, Task<string?>> _ask;
    private readonly CallerAnswers _answers = new();
    private readonly Dictionary<string, Task> _questions = new(StringComparer.Ordinal);

    public AwsCallers() =>
        _ask = (token, serverId) => _sts.Value.WhoIsAsync(token, serverId, CancellationToken.None);

    /// <param name="ask">Asked in the place of AWS, as <see cref="StsClient.WhoIsAsync"/>.</param>
    public AwsCallers(Func<CallerToken, string, Task<string?>> ask) => _ask = ask;

    /// <param name="asking">Set while AWS is being asked: there is an answer when it has ended.</param>
    public (string? Arn, DbAuthVerdict Verdict) Find(
        string text, CallerToken token, string serverId, DateTimeOffset now, out Task? asking)
    {
        asking = null;
        // Never the token itself: it lets its bearer in.
        var id = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{serverId}\0{text}")));
        if (_answers.Find(id, now) is { } known)
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
        try
        {
            _answers.Keep(id, await AnswerOfAsync(token, serverId));
        }
        finally
        {
            lock (_questions)
                _questions.Remove(id);
        }
    }

    private async Task<CallerAnswers.Answer> AnswerOfAsync(CallerToken token, string serverId)
    {
        try
        {
            return await _ask(token, serverId) is { } arn
                ? new(arn, DbAuthVerdict.Good, token.ExpiresAt)
                : new(null, DbAuthVerdict.StsRefused, DateTimeOffset.UtcNow + RefusalLife);
        }
        catch (AwsFault)
        {
            // Whoever waits for it is told so; the next one asks again.
            return new(null, DbAuthVerdict.StsUnreachable, DateTimeOffset.UtcNow.AddSeconds(1));
        }
    }
}
