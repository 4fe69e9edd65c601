namespace Sento.Postgres.Listening;

/// <summary>
/// Notifications that a client can't be told yet: it is inside a transaction, or on its way.
/// </summary>
/// <remarks>
/// Two streams tell of the same commits in the same order: the shared connection's, and that of the lease
/// where it listens too. The shared one counts; see docs/decisions/0008-listen-without-a-pin.md.
/// </remarks>
internal sealed class Backlog
{
    private readonly List<Notification> _fromHub = [];
    private readonly List<Notification> _fromLease = [];
    private int _mark = -1;

    public bool IsEmpty => _fromHub.Count == 0 && _fromLease.Count == 0;

    public int ByteCount { get; private set; }

    /// <summary>The mark has been heard at the shared connection.</summary>
    public bool HasMark => _mark >= 0;

    public void AddFromHub(Notification notification)
    {
        _fromHub.Add(notification);
        ByteCount += notification.ByteCount;
    }

    public void AddFromLease(Notification notification)
    {
        _fromLease.Add(notification);
        ByteCount += notification.ByteCount;
    }

    public void Mark() => _mark = _fromHub.Count;

    /// <summary>The lease is gone, and what it told with it: the shared connection tells it too.</summary>
    public void ForgetLease()
    {
        _fromLease.Clear();
        _mark = -1;
        ByteCount = _fromHub.Sum(notification => notification.ByteCount);
    }

    /// <summary>The lease has told something that the client has not been told.</summary>
    public bool HasFromLease => _fromLease.Count > 0;

    /// <summary>Empties it: all that the client is to be told, in the order of the commits.</summary>
    /// <param name="heard">The channels that the shared connection told this client of.</param>
    /// <param name="wanted">The channels it listens to from now on.</param>
    /// <param name="leaseProcessId">What the lease told of its own process, the client has made.</param>
    public List<(Notification Notification, bool IsOwn)> Take(
        HashSet<string> heard, HashSet<string> wanted, int leaseProcessId)
    {
        var told = new List<(Notification, bool)>();
        if (_mark < 0) TakeFromHub(told, wanted, leaseProcessId);
        else TakeBoth(told, heard, wanted, leaseProcessId);
        _fromHub.Clear();
        _fromLease.Clear();
        _mark = -1;
        ByteCount = 0;
        return told;
    }

    /// <summary>
    /// The shared connection has told all; the lease tells how many of its process's last ones are own.
    /// </summary>
    private void TakeFromHub(List<(Notification, bool)> told, HashSet<string> wanted, int leaseProcessId)
    {
        var own = _fromLease.Count(n => n.ProcessId == leaseProcessId && wanted.Contains(n.Channel));
        var foreign = _fromHub.Count(n => n.ProcessId == leaseProcessId && wanted.Contains(n.Channel)) - own;
        foreach (var notification in _fromHub)
        {
            if (wanted.Contains(notification.Channel))
                told.Add((notification, notification.ProcessId == leaseProcessId && foreign-- <= 0));
        }
    }

    /// <summary>
    /// What the shared connection told before the lease began to listen; then the lease's up to the mark;
    /// then the shared connection's from the mark on.
    /// </summary>
    private void TakeBoth(
        List<(Notification, bool)> told, HashSet<string> heard, HashSet<string> wanted, int leaseProcessId)
    {
        var twice = _fromLease.Count(n => heard.Contains(n.Channel) && wanted.Contains(n.Channel));
        var before = _fromHub.Take(_mark).Where(n => wanted.Contains(n.Channel)).ToList();
        foreach (var notification in before.Take(before.Count - twice))
            told.Add((notification, false));
        foreach (var notification in _fromLease)
            told.Add((notification, notification.ProcessId == leaseProcessId));
        foreach (var notification in _fromHub.Skip(_mark).Where(n => wanted.Contains(n.Channel)))
            told.Add((notification, false));
    }
}
