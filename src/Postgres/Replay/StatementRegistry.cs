using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Sento.Base;
using Sento.Postgres.Pinning;

namespace Sento.Postgres.Replay;

/// <summary>All statements that clients of one loop have prepared, each content once. Loop thread only.</summary>
/// <remarks>
/// A statement that no client holds stays for the next one, because functions come and go with the same texts: the
/// least recently used are forgotten above <see cref="Limits.UnheldStatementBytesMax"/>.
/// </remarks>
public sealed class StatementRegistry
{
    private readonly Dictionary<Key, PreparedStatement> _byContent = new(new ContentComparer());
    private readonly LinkedList<PreparedStatement> _unheld = new();
    private readonly string _namePrefix = $"sento_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}_";
    private long _lastId;
    private long _unheldBytes;

    public int Count => _byContent.Count;

    /// <summary>The statement of this content, held once more; <see cref="Release"/> gives it back.</summary>
    public PreparedStatement Hold(ReadOnlySpan<byte> tail, bool standardConformingStrings)
    {
        var lookup = _byContent.GetAlternateLookup<ContentSpan>();
        var span = new ContentSpan(tail, standardConformingStrings);
        if (!lookup.TryGetValue(span, out var statement))
        {
            var text = tail[..Math.Max(0, tail.IndexOf((byte)0))];
            statement = new PreparedStatement(
                tail.ToArray(), StatementScanner.Scan(text, standardConformingStrings), _namePrefix, ++_lastId);
            lookup[span] = statement;
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
        _unheldBytes -= statement.Tail.Length;
    }

    public void Release(PreparedStatement statement)
    {
        Invariant.Holds(statement.Holders > 0);
        if (--statement.Holders > 0)
            return;
        statement.UnheldNode = _unheld.AddLast(statement);
        _unheldBytes += statement.Tail.Length;
        while (_unheldBytes > Limits.UnheldStatementBytesMax && _unheld.First is { } oldest)
            Forget(oldest.Value);
    }

    private void Forget(PreparedStatement statement)
    {
        _unheld.RemoveFirst();
        statement.UnheldNode = null;
        _unheldBytes -= statement.Tail.Length;
        _byContent.GetAlternateLookup<ContentSpan>().Remove(new ContentSpan(statement.Tail, true), out _);
        _byContent.GetAlternateLookup<ContentSpan>().Remove(new ContentSpan(statement.Tail, false), out _);
    }

    private readonly record struct Key(byte[] Tail, bool StandardConformingStrings);

    private readonly ref struct ContentSpan(ReadOnlySpan<byte> tail, bool standardConformingStrings)
    {
        public readonly ReadOnlySpan<byte> Tail = tail;
        public readonly bool StandardConformingStrings = standardConformingStrings;
    }

    private sealed class ContentComparer : IEqualityComparer<Key>, IAlternateEqualityComparer<ContentSpan, Key>
    {
        public Key Create(ContentSpan alternate) => new(alternate.Tail.ToArray(), alternate.StandardConformingStrings);

        public bool Equals(ContentSpan alternate, Key other) =>
            alternate.StandardConformingStrings == other.StandardConformingStrings
            && alternate.Tail.SequenceEqual(other.Tail);

        public int GetHashCode(ContentSpan alternate) => Hash(alternate.Tail);

        public bool Equals(Key x, Key y) =>
            x.StandardConformingStrings == y.StandardConformingStrings && x.Tail.AsSpan().SequenceEqual(y.Tail);

        public int GetHashCode([DisallowNull] Key obj) => Hash(obj.Tail);

        private static int Hash(ReadOnlySpan<byte> tail)
        {
            // HashCode is seeded by the process: nobody can prepare statements that all fall into one bucket.
            var hash = new HashCode();
            hash.AddBytes(tail);
            return hash.ToHashCode();
        }
    }
}
