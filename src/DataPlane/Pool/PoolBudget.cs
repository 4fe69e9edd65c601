using Sento.Base;

namespace Sento.DataPlane.Pool;

/// <summary>How many connections one target may have from us, over all of its pools.</summary>
/// <remarks>
/// Until the server has told its max_connections, one connection is allowed: enough to ask. Loop thread only.
/// </remarks>
public sealed class PoolBudget
{
    private int _serverMax;
    private int _serverReserved;
    private bool _isStale;

    public PoolPolicy Policy { get; set; } = null!;

    /// <summary>Connections open or being opened.</summary>
    public int Open { get; private set; }

    /// <summary>Of them, not yet signed in.</summary>
    public int Opening { get; private set; }

    /// <summary>RDS: MaxDatabaseConnectionsAllowed.</summary>
    public int Max
    {
        get
        {
            if (Policy.MaxConnections > 0)
                return Policy.MaxConnections;
            if (_serverMax == 0)
                return 1;
            return Math.Max(1, (_serverMax - _serverReserved) * Policy.MaxConnectionsPercent / 100);
        }
    }

    /// <summary>Idle connections kept over all pools.</summary>
    public int MaxIdle => Policy.MaxConnections > 0
        ? Policy.MaxConnections
        : Math.Max(1, Math.Max(1, _serverMax - _serverReserved) * Policy.MaxIdlePercent / 100);

    /// <summary>False: the next connection asks. What was told before stands until then.</summary>
    public bool KnowsServerMax => _serverMax > 0 && !_isStale;

    public bool HasRoom => Open < Max;

    public string Explain() => Policy.MaxConnections > 0
        ? $"MaxConnections is {Policy.MaxConnections}"
        : $"MaxConnectionsPercent is {Policy.MaxConnectionsPercent} of max_connections {_serverMax}"
            + $" less {_serverReserved} reserved, which allows {Max}";

    public void LearnServerMax(int maxConnections, int reserved)
    {
        _serverMax = Math.Max(1, maxConnections);
        _serverReserved = Math.Clamp(reserved, 0, _serverMax - 1);
        _isStale = false;
    }

    /// <summary>The server may have been started anew, with another max_connections.</summary>
    internal void DoubtServerMax() => _isStale = true;

    internal void OnOpening()
    {
        Open++;
        Opening++;
    }

    internal void OnOpened()
    {
        Opening--;
        Invariant.Holds(Opening >= 0);
    }

    internal void OnOpenFailed()
    {
        OnOpened();
        OnClosed();
    }

    internal void OnClosed()
    {
        Open--;
        Invariant.Holds(Open >= 0);
    }
}
