using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Sento.Base;
using Sento.Postgres.Pinning;

namespace Sento.Postgres.Replay;

/// <summary>
/// All statements that clients of one loop have prepared, each content once. Loop thread only.
/// </summary>
/// <remarks>
/// A statement that no client holds stays for the next one, because functions come and go with the same
/// texts: the
/// least recently used are forgotten above <see cref="Limits.UnheldStatementBytesMax"/>.
/// </remarks>
public sealed class StatementRegistry
{
    /// <summary>Fails with 42P01, as most that can't be prepared any more.</summary>
    private const string HollowText =
        "SELECT pg_catalog.regclassin('\"of a prepared statement whose objects are gone\"')";

    private readonly Dictionary<Key, PreparedStatement> _byContent = new(new ContentComparer());
    private readonly LinkedList<PreparedStatement> _unheld = new();
    private readonly string _namePrefix =
        $"sento_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}_";
    private byte[]? _nowhere;
    private byte[]? _helper;
    private PreparedStatement? _gone;
    private PreparedStatement? _outdated;
    private PreparedStatement? _taken;
    private PreparedStatement? _hollow;
    private long _lastId;
    private long _moment;
    private long _unheldBytes;

    public int Count => _byContent.Count;

    /// <summary>How every name of ours begins on servers.</summary>
    public string NamePrefix => _namePrefix;

    /// <summary>A name that no server ever has: what stands for a client's unknown one.</summary>
    public byte[] NowhereName => _nowhere ??= Encoding.ASCII.GetBytes(_namePrefix + "0");

    /// <summary>Later than all before it: says which of two was parsed first.</summary>
    public long NextMoment() => ++_moment;

    /// <summary>For statements of ours that live for one group only.</summary>
    public byte[] HelperName => _helper ??= Encoding.ASCII.GetBytes(_namePrefix + "helper");

    /// <summary>Stands for whatever a client deallocates by the extended protocol.</summary>
    public PreparedStatement Gone =>
        _gone ??= PreparedStatement.StandIn(_namePrefix + PreparedStatement.GoneSuffix);

    /// <summary>Stands for the statement under a name that a client parses once more.</summary>
    public PreparedStatement Taken =>
        _taken ??= PreparedStatement.StandIn(_namePrefix + "taken");

    /// <summary>
    /// Stands for a statement that can't be prepared any more: can be prepared, but not be executed.
    /// </summary>
    public PreparedStatement Hollow =>
        _hollow ??= PreparedStatement.StandIn(_namePrefix + "hollow", HollowText);

    /// <summary>Stands for a statement that is not what its client was told; no server has it.</summary>
    public PreparedStatement Outdated =>
        _outdated ??= PreparedStatement.StandIn(_namePrefix + "outdated");

    /// <summary>The statement of this content, held once more; <see cref="Release"/> gives it back.</summary>
    /// <param name="tail">What follows the name in Parse.</param>
    /// <param name="guess">Most likely the same as before; null: no idea.</param>
    public PreparedStatement Hold(
        ReadOnlySpan<byte> tail, bool standardConformingStrings, PreparedStatement? guess = null)
    {
        var kind = standardConformingStrings ? ContentKind.Parse : ContentKind.ParseOldStrings;
        if (guess is { Holders: > 0 } && guess.Key.Kind == kind && tail.SequenceEqual(guess.Key.Content))
        {
            Retain(guess);
            return guess;
        }
        var lookup = _byContent.GetAlternateLookup<ContentSpan>();
        var span = new ContentSpan(tail, kind);
        if (!lookup.TryGetValue(span, out var statement))
        {
            var text = tail[..Math.Max(0, tail.IndexOf((byte)0))];
            var traits = StatementScanner.Scan(text, standardConformingStrings);
            statement = new PreparedStatement(tail.ToArray(), null, traits, _namePrefix, ++_lastId);
            Add(new Key(statement.Tail, kind), statement);
        }
        Retain(statement);
        return statement;
    }

    /// <summary>The same for SQL's PREPARE name (types) AS body.</summary>
    public PreparedStatement HoldSql(
        ReadOnlySpan<byte> types, ReadOnlySpan<byte> body, bool standardConformingStrings)
    {
        byte[] content = [.. types, 0, .. body];
        var kind = standardConformingStrings ? ContentKind.Sql : ContentKind.SqlOldStrings;
        if (!_byContent.TryGetValue(new Key(content, kind), out var statement))
        {
            var traits = StatementScanner.Scan(body, standardConformingStrings);
            statement = new PreparedStatement(
                [.. body, 0, 0, 0], types.ToArray(), traits, _namePrefix, ++_lastId);
            Add(new Key(content, kind), statement);
        }
        Retain(statement);
        return statement;
    }

    public void Retain(PreparedStatement statement)
    {
        if (statement.Holders++ > 0 || statement.UnheldNode is not { } node)
            return;
        _unheld.Remove(node);
        statement.UnheldNode = null;
        _unheldBytes -= statement.Bytes;
    }

    public void Release(PreparedStatement statement)
    {
        Invariant.Holds(statement.Holders > 0);
        if (--statement.Holders > 0)
            return;
        statement.UnheldNode = _unheld.AddLast(statement);
        _unheldBytes += statement.Bytes;
        while (_unheldBytes > Limits.UnheldStatementBytesMax && _unheld.First is { } oldest)
            Forget(oldest.Value);
    }

    private void Add(Key key, PreparedStatement statement)
    {
        statement.Key = key;
        _byContent.Add(key, statement);
    }

    private void Forget(PreparedStatement statement)
    {
        _unheld.RemoveFirst();
        statement.UnheldNode = null;
        _unheldBytes -= statement.Bytes;
        _byContent.Remove(statement.Key);
    }

    internal enum ContentKind : byte { Parse, ParseOldStrings, Sql, SqlOldStrings }

    internal readonly record struct Key(byte[] Content, ContentKind Kind);

    private readonly ref struct ContentSpan(ReadOnlySpan<byte> content, ContentKind kind)
    {
        public readonly ReadOnlySpan<byte> Content = content;
        public readonly ContentKind Kind = kind;
    }

    private sealed class ContentComparer
        : IEqualityComparer<Key>, IAlternateEqualityComparer<ContentSpan, Key>
    {
        public Key Create(ContentSpan alternate) => new(alternate.Content.ToArray(), alternate.Kind);

        public bool Equals(ContentSpan alternate, Key other) =>
            alternate.Kind == other.Kind && alternate.Content.SequenceEqual(other.Content);

        public int GetHashCode(ContentSpan alternate) => Hash(alternate.Content);

        public bool Equals(Key x, Key y) => x.Kind == y.Kind && x.Content.AsSpan().SequenceEqual(y.Content);

        public int GetHashCode([DisallowNull] Key obj) => Hash(obj.Content);

        private static int Hash(ReadOnlySpan<byte> tail)
        {
            // HashCode is seeded by the process: nobody can prepare statements that all fall into one bucket.
            var hash = new HashCode();
            hash.AddBytes(tail);
            return hash.ToHashCode();
        }
    }
}
