using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Sento.Base;
using Sento.MySql.Pinning;

namespace Sento.MySql.Replay;

/// <summary>
/// All statements that clients of one loop have prepared, each content once. Loop thread only.
/// </summary>
/// <remarks>
/// A statement that no client holds stays for the next one: the least recently used are forgotten above
/// <see cref="Limits.UnheldStatementBytesMax"/>.
/// </remarks>
internal sealed class StatementRegistry
{
    private readonly Dictionary<Key, PreparedStatement> _byContent = new(new ContentComparer());
    private readonly LinkedList<PreparedStatement> _unheld = new();
    private long _unheldBytes;

    public int Count => _byContent.Count;

    /// <summary>What the code of the database hides. Another one has all texts read again.</summary>
    public HiddenCode Hidden
    {
        get;
        set
        {
            field = value;
            foreach (var statement in _byContent.Values)
                statement.Traits = Scan(statement.Text, statement.Mode);
        }
    } = HiddenCode.None;

    /// <summary>The statement of this content, held once more; <see cref="Release"/> gives it back.</summary>
    /// <param name="copy">Counts up where one client has prepared the same more than once.</param>
    public PreparedStatement Hold(ReadOnlySpan<byte> text, StateSet shaping, ScanMode mode, int copy = 0)
    {
        var lookup = _byContent.GetAlternateLookup<ContentSpan>();
        if (!lookup.TryGetValue(new ContentSpan(text, shaping, copy), out var statement))
        {
            statement = new PreparedStatement(text.ToArray(), shaping, mode, Scan(text, mode), copy);
            _byContent.Add(new Key(statement.Text, shaping, copy), statement);
        }
        return Hold(statement);
    }

    /// <summary>The statement of the same content as one of another registry.</summary>
    public PreparedStatement HoldSame(PreparedStatement other)
    {
        var key = new Key(other.Text, other.Shaping, other.Copy);
        if (!_byContent.TryGetValue(key, out var statement))
        {
            statement = new PreparedStatement(
                other.Text, other.Shaping, other.Mode, Scan(other.Text, other.Mode), other.Copy)
            {
                ParameterCount = other.ParameterCount,
            };
            _byContent.Add(key, statement);
        }
        return Hold(statement);
    }

    /// <summary>What a text may do, and the code that it brings in.</summary>
    public StatementTraits Scan(ReadOnlySpan<byte> text, ScanMode mode) =>
        Hidden.Complete(StatementScanner.Scan(text, mode), text, mode);

    public void Release(PreparedStatement statement)
    {
        Invariant.Holds(statement.Holders > 0);
        if (--statement.Holders > 0)
            return;
        statement.UnheldNode = _unheld.AddLast(statement);
        statement.UnheldBytes = statement.ByteCount;
        _unheldBytes += statement.UnheldBytes;
        while (_unheldBytes > Limits.UnheldStatementBytesMax && _unheld.First is { } oldest)
            Forget(oldest.Value);
    }

    private PreparedStatement Hold(PreparedStatement statement)
    {
        if (statement.Holders++ == 0 && statement.UnheldNode is { } node)
        {
            _unheld.Remove(node);
            statement.UnheldNode = null;
            _unheldBytes -= statement.UnheldBytes;
        }
        return statement;
    }

    private void Forget(PreparedStatement statement)
    {
        _unheld.RemoveFirst();
        statement.UnheldNode = null;
        _unheldBytes -= statement.UnheldBytes;
        _byContent.Remove(new Key(statement.Text, statement.Shaping, statement.Copy));
    }

    private readonly record struct Key(byte[] Text, StateSet Shaping, int Copy);

    private readonly ref struct ContentSpan(ReadOnlySpan<byte> text, StateSet shaping, int copy)
    {
        public readonly int Copy = copy;
        public readonly ReadOnlySpan<byte> Text = text;
        public readonly StateSet Shaping = shaping;
    }

    private sealed class ContentComparer : IEqualityComparer<Key>, IAlternateEqualityComparer<ContentSpan,
        Key>
    {
        public Key Create(ContentSpan alternate) =>
            new(alternate.Text.ToArray(), alternate.Shaping, alternate.Copy);

        public bool Equals(ContentSpan alternate, Key other) =>
            ReferenceEquals(alternate.Shaping, other.Shaping) && alternate.Copy == other.Copy
            && alternate.Text.SequenceEqual(other.Text);

        public int GetHashCode(ContentSpan alternate) => Hash(alternate.Text, alternate.Shaping);

        public bool Equals(Key x, Key y) =>
            ReferenceEquals(x.Shaping, y.Shaping) && x.Copy == y.Copy
                && x.Text.AsSpan().SequenceEqual(y.Text);

        public int GetHashCode([DisallowNull] Key obj) => Hash(obj.Text, obj.Shaping);

        private static int Hash(ReadOnlySpan<byte> text, StateSet shaping)
        {
            // HashCode is seeded by the process: nobody can prepare statements that all fall into one bucket.
            var hash = new HashCode();
            hash.AddBytes(text);
            hash.Add(RuntimeHelpers.GetHashCode(shaping));
            return hash.ToHashCode();
        }
    }
}
