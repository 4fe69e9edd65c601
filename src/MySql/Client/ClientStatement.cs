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

    public bool KeepsServer => HasCursor || HasLongData;
}
