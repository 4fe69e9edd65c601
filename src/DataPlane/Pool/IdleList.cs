namespace Sento.DataPlane.Pool;

/// <summary>Idle connections in the order of their age. Entering, leaving and either end take constant time.
/// </summary>
/// <remarks>Loop thread only. A connection stands in one such list at most.</remarks>
internal sealed class IdleList
{
    public ServerConnection? Oldest { get; private set; }

    public ServerConnection? Newest { get; private set; }

    public int Count { get; private set; }

    /// <summary>It is idle as of now.</summary>
    public void Add(ServerConnection server) => InsertBehind(Newest, server);

    /// <summary>It has been idle for a while, elsewhere; what is younger is passed over.</summary>
    public void AddByAge(ServerConnection server)
    {
        var older = Newest;
        while (older is not null && older.IdleSince > server.IdleSince)
            older = older.PreviousIdle;
        InsertBehind(older, server);
    }

    public void Remove(ServerConnection server)
    {
        if (server.PreviousIdle is null) Oldest = server.NextIdle;
        else server.PreviousIdle.NextIdle = server.NextIdle;
        if (server.NextIdle is null) Newest = server.PreviousIdle;
        else server.NextIdle.PreviousIdle = server.PreviousIdle;
        server.NextIdle = server.PreviousIdle = null;
        Count--;
    }

    private void InsertBehind(ServerConnection? older, ServerConnection server)
    {
        var younger = older is null ? Oldest : older.NextIdle;
        (server.PreviousIdle, server.NextIdle) = (older, younger);
        if (older is null) Oldest = server;
        else older.NextIdle = server;
        if (younger is null) Newest = server;
        else younger.PreviousIdle = server;
        Count++;
    }
}
