using Sento.MySql.Server;

namespace Sento.MySql.Client;

/// <summary>
/// Nothing of a client runs while routines, triggers and views are others than those that were read: what it
/// names may have been made a moment ago, by itself or by another. Loop thread only.
/// </summary>
internal sealed class CodeWatch(ClientRelay client)
{
    /// <returns>True: the command waits until they have been read, or for a server connection.</returns>
    public bool Awaits()
    {
        var isCurrent = PoolFacts.Of(client.Pool).Code
            .IsCurrent(TargetFacts.Of(client.Pool.Target).CodeGeneration);
        if (isCurrent || client.HasFailure)
            return false;
        if (client.Acquire() is not { } server)
            return !client.HasFailure;
        return client.AwaitsOwn() || client.AwaitsKnown(server);
    }
}
