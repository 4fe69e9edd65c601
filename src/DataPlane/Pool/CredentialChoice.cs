namespace Sento.DataPlane.Pool;

/// <summary>
/// Which of a user's passwords its server takes, while one is being changed: the newest that it did not
/// refuse. Loop thread only.
/// </summary>
public sealed class CredentialChoice<T>
    where T : class
{
    private T[] _candidates = [];
    private int _index;
    private int _refusals;

    /// <summary>What to try; new candidates are tried from their first on.</summary>
    public T Current(T[] candidates)
    {
        if (!ReferenceEquals(candidates, _candidates))
            (_candidates, _index, _refusals) = (candidates, 0, 0);
        return _candidates[_index];
    }

    public void OnTaken() => _refusals = 0;

    /// <summary>False: it has refused all of them, and there is nothing left to try.</summary>
    public bool TryNext(T refused)
    {
        // Another connection may have gone on meanwhile: then what is current now was not refused yet.
        if (_candidates.Length == 0 || !ReferenceEquals(refused, _candidates[_index]))
            return true;
        _index = (_index + 1) % _candidates.Length;
        _refusals++;
        if (_refusals < _candidates.Length)
            return true;
        _refusals = 0;
        return false;
    }
}
