using Sento.MySql.Replay;

namespace Sento.MySql.Client;

/// <summary>A prepared statement as one client holds it, under a number of its own.</summary>
internal sealed class ClientStatement(uint number, PreparedStatement statement)
{
    public uint Number => number;

    /// <summary>Another one of the same content where the session has moved to another target.</summary>
    public PreparedStatement Statement { get; set; } = statement;

    /// <summary>Types of the parameters as the client gave them last; null: it has not.</summary>
    public byte[]? Types { get; set; }

    /// <summary>Rows can still be fetched, from this server connection only.</summary>
    public bool HasCursor { get; set; }

    /// <summary>Parts of parameters lie with this server connection.</summary>
    public bool HasLongData { get; set; }

    /// <summary>
    /// Parts of parameters have gone with a server connection, or were not taken: run without them the
    /// statement would take others for them.
    /// </summary>
    public bool HasLostData { get; set; }

    public bool KeepsServer => HasCursor || HasLongData;

    public void OnServerLost()
    {
        HasLostData |= HasLongData;
        HasCursor = HasLongData = false;
    }

    /// <summary>Part of a parameter: nothing is answered to it.</summary>
    /// <returns>False: it is of no use any more.</returns>
    public bool MayTakePart(bool isRefused)
    {
        HasLostData |= isRefused;
        return !HasLostData;
    }

    /// <summary>It is to be executed.</summary>
    /// <returns>True: it can't be, and the client has been told why.</returns>
    public bool IsRefused(ClientRelay client)
    {
        var hasLostData = HasLostData;
        HasLostData = false;
        if (client.TakeFailure())
            return true;
        if (hasLostData)
            client.Answer(Errors.LostParts);
        return hasLostData;
    }
}
