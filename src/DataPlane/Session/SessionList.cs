using System.Collections;
using Sento.Base;

namespace Sento.DataPlane.Session;

/// <summary>
/// The sessions of one proxy in the order in which they came; the links are in the sessions.
/// </summary>
internal sealed class SessionList : IReadOnlyCollection<ClientSession>
{
    private ClientSession? _first;
    private ClientSession? _last;

    public int Count { get; private set; }

    public void Add(ClientSession session)
    {
        Invariant.Holds(session.NextSession is null && session.PreviousSession is null);
        session.PreviousSession = _last;
        if (_last is null) _first = session;
        else _last.NextSession = session;
        _last = session;
        Count++;
    }

    public void Remove(ClientSession session)
    {
        Invariant.Holds(session.PreviousSession is not null || _first == session);
        if (session.PreviousSession is null) _first = session.NextSession;
        else session.PreviousSession.NextSession = session.NextSession;
        if (session.NextSession is null) _last = session.PreviousSession;
        else session.NextSession.PreviousSession = session.PreviousSession;
        session.NextSession = session.PreviousSession = null;
        Count--;
    }

    /// <summary>Whoever ends sessions while walking walks a copy.</summary>
    public IEnumerator<ClientSession> GetEnumerator()
    {
        for (var session = _first; session is not null; session = session.NextSession)
            yield return session;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
