using System.Collections.Immutable;
using Sento.Model;
using Sento.Vault;

namespace Sento.Host.Vaults;

/// <summary>What one secret said last, and when to ask again. One thread at a time.</summary>
/// <param name="tell">Told in words when the secret can't be read, and when it can again.</param>
internal sealed class SecretPage(string name, Action<string> tell)
{
    /// <summary>
    /// Between two readings that were not due: refused passwords, and a source without a first answer.
    /// </summary>
    private static readonly TimeSpan ImpatienceMin = TimeSpan.FromSeconds(5);

    private readonly FormerLogins _former = new();
    private Task<SecretConfig>? _reading;
    private SecretConfig? _found;
    private string? _fault;
    private bool _isSuspect;

    /// <summary>Null: it could not be read yet.</summary>
    public SecretConfig? LastGood { get; private set; }

    /// <summary>Of the vault when it was read; another one: it may say something else now.</summary>
    public long Revision { get; set; } = -1;

    /// <summary>Nothing was heard yet, neither a secret nor why not.</summary>
    public bool IsBlank => LastGood is null && _fault is null;

    public DateTimeOffset ReadAt { get; private set; } = DateTimeOffset.MinValue;

    /// <summary>A password of this user was refused: the source may know a newer one.</summary>
    public void Suspect(string user) => _isSuspect |= LastGood is { } good
        && (good.UserName == user || good.Others.Any(other => other.UserName == user));

    /// <summary>Whether a source outside the vault is to be asked again.</summary>
    public bool IsDue(DateTimeOffset now, TimeSpan every)
    {
        var wait = _isSuspect || LastGood is null ? Min(ImpatienceMin, every) : every;
        return _reading is null && now >= ReadAt + wait;
    }

    /// <summary>Asks; <see cref="Take"/> takes what has come by then.</summary>
    public void Begin(ISecretReader reader, string id, DateTimeOffset now)
    {
        (ReadAt, _isSuspect) = (now, false);
        _reading = reader.ReadAsync(id, name, now, CancellationToken.None);
    }

    /// <summary>Waits for what was begun, at most so long.</summary>
    public void Wait(TimeSpan patience)
    {
        if (_reading is not null && patience > TimeSpan.Zero)
            _ = Task.WhenAny(_reading, Task.Delay(patience)).GetAwaiter().GetResult();
    }

    /// <summary>What has come, if it has; and what must be forgotten by now.</summary>
    /// <param name="overlap">How long clients may go on with what was said before.</param>
    /// <param name="knowsFormer">The source says itself what was before.</param>
    public void Take(DateTimeOffset now, TimeSpan overlap, bool knowsFormer)
    {
        if (_reading is { IsCompleted: true } done)
        {
            _reading = null;
            Take(done, now, overlap, knowsFormer);
        }
        if (_found is null || knowsFormer)
            return;
        var others = _former.At(now, _found);
        if (!others.SequenceEqual(LastGood!.Others))
            LastGood = _found with { Others = others };
    }

    private void Take(Task<SecretConfig> done, DateTimeOffset now, TimeSpan overlap, bool knowsFormer)
    {
        try
        {
            var found = done.GetAwaiter().GetResult();
            if (_fault is not null)
                tell($"Secret \"{name}\" can be read again.");
            _fault = null;
            if (_found is { } before && before.Equals(found))
                return;
            if (_found is not null && !knowsFormer)
                _former.Add(_found, now + overlap);
            _found = found;
            LastGood = knowsFormer ? found : found with { Others = _former.At(now, found) };
        }
        catch (Exception error)
        {
            // Whatever it is, it is this secret's alone.
            var fault = FaultWords.Of(error);
            if (_fault != fault)
                tell($"Secret \"{name}\" can't be read: {fault}. "
                    + (LastGood is null ? "Its user can't sign in." : "The last good value stays in force."));
            _fault = fault;
        }
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
