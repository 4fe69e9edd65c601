using Sento.Base;
using Sento.Identity.DbAuth;

namespace Sento.Host.Identities;

/// <summary>What AWS has said of presigned requests, as long as it holds. Any thread.</summary>
/// <remarks>
/// Anybody can have as much refused as he likes: refusals have places of their own, and take none from good
/// answers. Where all are taken, the answer of its kind goes that was asked for least lately; whom it was of
/// is asked about again.
/// </remarks>
internal sealed class CallerAnswers
{
    /// <summary>Callers who come again within a quarter of an hour; at about 400 bytes each: 4 MB.</summary>
    public const int GoodMax = 10_000;

    public const int RefusalsMax = GoodMax / 2;

    private readonly Lock _lock = new();
    private readonly Places _good = new(GoodMax);
    private readonly Places _refusals = new(RefusalsMax);

    /// <summary>Null: nothing that still holds is known.</summary>
    public Answer? Find(string id, DateTimeOffset now)
    {
        lock (_lock)
            return _good.Find(id, now) ?? _refusals.Find(id, now);
    }

    public void Keep(string id, Answer answer)
    {
        lock (_lock)
            (answer.Arn is null ? _refusals : _good).Keep(id, answer);
    }

    /// <param name="Arn">Null: AWS takes the request for nobody's, or would not say.</param>
    public sealed record Answer(string? Arn, DbAuthVerdict Verdict, DateTimeOffset Until);

    private sealed class Places(int max)
    {
        private readonly Dictionary<string, Place> _taken = new(StringComparer.Ordinal);
        private readonly RecencyList<Place> _byUse = new();

        public Answer? Find(string id, DateTimeOffset now)
        {
            if (!_taken.TryGetValue(id, out var place))
                return null;
            if (now < place.Answer.Until)
            {
                _byUse.Touch(place);
                return place.Answer;
            }
            Forget(place);
            return null;
        }

        public void Keep(string id, Answer answer)
        {
            if (_taken.TryGetValue(id, out var former))
                Forget(former);
            else if (_taken.Count >= max)
                Forget(_byUse.Oldest!);
            var place = new Place(id, answer);
            _taken.Add(id, place);
            _byUse.Add(place);
        }

        private void Forget(Place place)
        {
            _taken.Remove(place.Id);
            _byUse.Remove(place);
        }
    }

    private sealed class Place(string id, Answer answer) : RecencyLink<Place>
    {
        public string Id => id;

        public Answer Answer => answer;
    }
}
