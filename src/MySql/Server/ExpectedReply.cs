using Sento.Base;
using Sento.MySql.Replay;
using Sento.MySql.Wire;

namespace Sento.MySql.Server;

/// <summary>What shape the reply to a command has.</summary>
internal enum ReplyKind : byte
{
    /// <summary>OK, EOF, ERR, a request for a file, or a result: its first byte tells.</summary>
    Command,
    Prepare,

    /// <summary>Rows without a head.</summary>
    Fetch,

    /// <summary>Column definitions without a count.</summary>
    FieldList,

    /// <summary>A text without anything around it.</summary>
    Statistics,

    /// <summary>Events of a binary log, until the server or the client has enough.</summary>
    Binlog,
}

/// <summary>One place in the order of replies.</summary>
internal struct ExpectedReply
{
    public ReplyKind Kind;

    /// <summary>Packets of the command behind its first: the reply's numbers follow theirs.</summary>
    public byte CommandPackets;

    /// <summary>Ours; null: the client's.</summary>
    public InternalExchange? Exchange;

    /// <summary>What a Prepare makes.</summary>
    public PreparedStatement? Statement;

    /// <summary>The client asked for a file to be loaded: the server may ask it for that file.</summary>
    public bool MayAskForFile;
}

/// <summary>Commands of our own, sent together; their replies come to nobody else.</summary>
internal abstract class InternalExchange
{
    /// <summary>Replies that are still to come.</summary>
    public int Owed;

    public ErrPacket? Error { get; private set; }

    public bool HasFailed => Error is not null;

    /// <summary>It is a part of a client's command: whoever kills that may hit it.</summary>
    public virtual bool IsForCommand => false;

    /// <summary>Sends its commands by <see cref="ServerSession.Add"/>; at least one.</summary>
    public abstract void Write(ServerSession server, ByteBuffer output);

    /// <summary>The definition of a column of a text result.</summary>
    public virtual void OnDefinition(ReadOnlySpan<byte> payload)
    {
    }

    /// <summary>A row of a text result.</summary>
    public virtual void OnRow(ReadOnlySpan<byte> payload)
    {
    }

    public virtual void OnOk(ServerSession server, in OkPacket ok)
    {
    }

    public void OnError(ReadOnlySpan<byte> payload) => Error ??= ErrPacket.Read(payload);

    /// <summary>All replies have come.</summary>
    public abstract void OnDone(MySqlServer server);

    /// <summary>The connection is gone before all of it has come.</summary>
    public virtual void OnLost()
    {
    }
}
