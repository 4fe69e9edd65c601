using Sento.Base;
using Sento.Postgres.Replay;
using Sento.Postgres.Server;
using Sento.Postgres.Wire;

namespace Sento.Postgres.Client;

/// <summary>
/// What one client was told of the columns and parameters of its named statements. Loop thread only.
/// </summary>
/// <remarks>
/// Many drivers ask once and read all later rows by that answer. When such a statement has to be prepared
/// again, on another connection or after a change of the schema, and has become another one, the client must
/// learn it as directly: "cached plan must not change result type", until it has parsed the text anew.
/// Drivers that ask for each portal need nothing of this, and are spared the error.
/// </remarks>
internal sealed class ToldColumns
{
    /// <summary>Bytes of a ParameterDescription that are kept for its statement: 256 parameters.</summary>
    private const int ParameterBytesMax = 2 + (256 * 4);

    private readonly Dictionary<byte[], Told> _byName = new(NameComparer.Instance);
    private byte[]? _asked;
    private bool _remembersPortals;
    private bool _askedForStatements;

    /// <summary>The client relies on what it was told.</summary>
    public bool Matters => _askedForStatements || _remembersPortals;

    /// <summary>It has executed a portal without asking what that returns.</summary>
    public void OnUndescribedExecute() => _remembersPortals = true;

    /// <summary>A name has got a new meaning: what was told of it before is history.</summary>
    public void Forget(ReadOnlySpan<byte> name) =>
        _byName.GetAlternateLookup<ReadOnlySpan<byte>>().Remove(NameComparer.Cut(name));

    public void ForgetAll() => _byName.Clear();

    /// <summary>The whole ParameterDescription that the client had; null: not kept.</summary>
    public byte[]? ParametersOf(byte[] name)
    {
        if (!_byName.TryGetValue(name, out var told) || told.Parameters is not { } body)
            return null;
        var message = new ByteBuffer(body.Length + MessageHeader.Bytes);
        var mark = MessageWriter.Begin(message, ServerCode.ParameterDescription);
        message.Write(body);
        MessageWriter.End(message, mark);
        return message.Written.ToArray();
    }

    /// <summary>What was asked will not be answered.</summary>
    public void ForgetQuestion() => _asked = null;

    /// <summary>How far is what the client knows of the statement true on this server?</summary>
    /// <param name="parsedAt">When the server has prepared it; the highest number: it has yet to.</param>
    public ToldStanding StandingOf(byte[] name, PreparedStatement statement, long parsedAt)
    {
        if (!_byName.TryGetValue(name, out var told) || told.StatementId != statement.Id
            || (!told.IsOfStatement && !_remembersPortals))
            return ToldStanding.True;
        if (told.IsOutdated)
            return ToldStanding.Outdated;
        if (ReferenceEquals(_asked, name))
            return ToldStanding.Unsure;
        // What was prepared earlier and has changed since the server refuses by itself.
        return parsedAt <= told.Moment ? ToldStanding.True : ToldStanding.MustAsk;
    }

    /// <summary>The server is being asked on our own account.</summary>
    public void OnAsked(byte[] name) => _asked = name;

    /// <summary>A reply to Describe is on its way to the client, or was asked for by us.</summary>
    /// <param name="moment">Now: see <see cref="StatementRegistry.NextMoment"/>.</param>
    public void OnDescribed(in ExpectedReply reply, byte code, ReadOnlySpan<byte> body, long moment)
    {
        var name = reply.Name!;
        var statement = reply.Statement!;
        var ofPortal = reply.Kind == ReplyKind.DescribePortal;
        // The client has not asked: is what it was told still true?
        var isOurs = reply.Route != ReplyRoute.Client;
        if (!_byName.TryGetValue(name, out var told) || told.StatementId != statement.Id)
        {
            if (isOurs)
                return;
            // Names that mean nothing any more are forgotten: there are no more of these than of those.
            Invariant.Holds(_byName.Count <= Limits.StatementsPerClientMax + Limits.UnsettledNamesMax);
            _byName[name] = told = new Told(statement.Id);
        }
        else if (ofPortal && !_remembersPortals)
        {
            return;
        }
        _askedForStatements |= !ofPortal && !isOurs;
        told.IsOfStatement |= !ofPortal && !isOurs;
        if (code == ServerCode.ParameterDescription)
        {
            told.IsOutdated |= isOurs && told.ParametersHash is { } before && before != HashOf(body);
            if (!isOurs || told.ParametersHash is null)
            {
                told.ParametersHash = HashOf(body);
                told.Parameters = body.Length <= ParameterBytesMax ? body.ToArray() : null;
            }
            return;
        }
        var columns = code == ServerCode.RowDescription ? HashOfColumns(body) : 0;
        told.IsOutdated |= isOurs && told.Columns is { } known && known != columns;
        told.Columns = isOurs ? told.Columns : columns;
        told.Moment = moment;
        if (isOurs)
            _asked = null;
    }

    private static int HashOf(ReadOnlySpan<byte> bytes)
    {
        var hash = new HashCode();
        hash.AddBytes(bytes);
        return hash.ToHashCode();
    }

    /// <summary>Names, types and modifiers: neither where they come from nor their format.</summary>
    private static int HashOfColumns(ReadOnlySpan<byte> body)
    {
        var hash = new HashCode();
        var reader = new MessageReader(body);
        for (var count = reader.ReadInt16(); count > 0; count--)
        {
            hash.AddBytes(reader.ReadText());
            hash.Add(0);
            reader.ReadInt32();
            reader.ReadInt16();
            hash.Add(reader.ReadInt32());
            reader.ReadInt16();
            hash.Add(reader.ReadInt32());
            reader.ReadInt16();
        }
        return hash.ToHashCode();
    }

    private sealed class Told(long statementId)
    {
        public readonly long StatementId = statementId;

        /// <summary>When it was last seen to be true.</summary>
        public long Moment;
        public int? Columns;
        public int? ParametersHash;

        /// <summary>Body of ParameterDescription; null: none, or a long one.</summary>
        public byte[]? Parameters;
        public bool IsOfStatement;
        public bool IsOutdated;
    }
}

internal enum ToldStanding
{
    /// <summary>It is, or the client does not rely on it.</summary>
    True,

    /// <summary>The server must be asked before the client's message may go.</summary>
    MustAsk,

    /// <summary>It has been asked.</summary>
    Unsure,

    /// <summary>It is not: only a new Parse helps.</summary>
    Outdated,
}
