using Sento.Base;

namespace Sento.MySql.Pinning;

/// <summary>
/// Reads what a catalog says of routines, triggers and views: first all names, then the code of each; and
/// finds what each of them may do, also by those that it uses.
/// </summary>
/// <remarks>
/// Bodies are split into words without regard to strings, comments and modes: each routine has been made
/// under a mode of its own. A word too many costs a pin.
/// </remarks>
internal sealed class HiddenCodeReader
{
    private const int PassesMax = 100;

    private readonly Dictionary<string, Node> _nodes = [];
    private readonly Node _odd = new();
    private readonly List<Node> _unreadViews = [];
    private int _uses;
    private bool _isTooMuch;

    public void AddName(ReadOnlySpan<byte> name) => Add(name);

    /// <param name="name">Of a routine, a view, or the table that a trigger belongs to.</param>
    /// <param name="body">As the server keeps it.</param>
    /// <param name="isReadable">False: this user may not read it, or it is not SQL.</param>
    /// <param name="isProcedure">Only CALL runs it, which pins anyway, and other code.</param>
    public void AddCode(
        ReadOnlySpan<byte> name, ReadOnlySpan<byte> body, bool isReadable, bool isProcedure = false)
    {
        var node = Add(name);
        node.IsReached |= !isProcedure;
        if (isReadable)
            Read(node, body);
        else
            node.Effects |= HiddenCode.OfUnread;
    }

    /// <param name="definition">Empty: this user may not read it.</param>
    public void AddView(ReadOnlySpan<byte> name, ReadOnlySpan<byte> definition)
    {
        var node = Add(name);
        node.IsReached = true;
        if (definition.IsEmpty)
            _unreadViews.Add(node);
        else
            Read(node, definition);
    }

    public HiddenCode Finish()
    {
        Spread();
        // A view that can't be read may use a function that hides something, where there is one.
        if (_unreadViews.Count > 0 && _nodes.Values.Any(node => node.Effects != StatementEffects.None))
        {
            foreach (var view in _unreadViews)
                view.Effects |= HiddenCode.OfUnread;
            Spread();
        }
        return _isTooMuch ? HiddenCode.Unread : HiddenCode.Of(
            _nodes.Where(node => node.Value.IsReached && node.Value.Effects != StatementEffects.None)
                .ToDictionary(node => node.Key, node => node.Value.Effects),
            _odd.IsReached ? _odd.Effects : StatementEffects.None);
    }

    /// <summary>Whoever uses another does what that one does.</summary>
    private void Spread()
    {
        var hasChanged = true;
        for (var pass = 0; hasChanged && !_isTooMuch; pass++)
        {
            _isTooMuch |= pass == PassesMax;
            hasChanged = false;
            foreach (var node in _nodes.Values.Append(_odd))
            {
                var effects = node.Uses.Aggregate(node.Effects, (all, used) => all | used.Effects);
                hasChanged |= effects != node.Effects;
                node.Effects = effects;
            }
        }
    }

    private void Read(Node node, ReadOnlySpan<byte> body)
    {
        var before = ReadOnlySpan<byte>.Empty;
        for (var at = 0; at < body.Length;)
        {
            var end = at;
            while (end < body.Length && IsWordByte(body[end]))
                end++;
            if (end > at)
            {
                var word = body[at..end];
                node.Effects |= Own(word, before);
                Use(node, word);
                before = word;
                at = end;
                continue;
            }
            // SET @@name, which MariaDB reports to nobody.
            if (body[at..].StartsWith("@@"u8)
                && (Lexer.EqualsUpper(before, "SET"u8) || body[..at].TrimEnd(" \t\r\n"u8) is [.., (byte)',']))
                node.Effects |= StatementEffects.HidesState | StatementEffects.RunsCode;
            // A name in quotes may be any.
            if (body[at] is (byte)'`' or (byte)'"')
                Use(node, Quoted(body[(at + 1)..], body[at]));
            at++;
        }
    }

    private void Use(Node node, ReadOnlySpan<byte> word)
    {
        if (word.IsEmpty)
            return;
        if (Find(word) is not { } used || ReferenceEquals(used, node) || !node.Uses.Add(used))
            return;
        _isTooMuch |= ++_uses > Limits.HiddenUsesMax;
    }

    /// <summary>A word's own effect; <paramref name="before"/> is the one before it.</summary>
    private static StatementEffects Own(ReadOnlySpan<byte> word, ReadOnlySpan<byte> before)
    {
        const StatementEffects asks = StatementEffects.ReadsRowCount | StatementEffects.ReadsFoundRows;
        var effects = SuspiciousWords.EffectsOf(word);
        if ((effects & asks) != 0 || Lexer.EqualsUpper(word, "DIAGNOSTICS"u8))
            return StatementEffects.RunsCode;
        if ((effects & StatementEffects.NamedLocks) != 0)
            return StatementEffects.NamedLocks | StatementEffects.RunsCode;
        var setsIdentity = Lexer.EqualsUpper(before, "SET"u8) && (Lexer.EqualsUpper(word, "ROLE"u8)
            || Lexer.EqualsUpper(word, "RESOURCE"u8));
        return setsIdentity ? StatementEffects.Identity | StatementEffects.RunsCode : StatementEffects.None;
    }

    private static ReadOnlySpan<byte> Quoted(ReadOnlySpan<byte> rest, byte quote)
    {
        var end = rest[..Math.Min(rest.Length, 4 * 64 + 1)].IndexOf(quote);
        return end < 0 ? default : rest[..end];
    }

    private Node Add(ReadOnlySpan<byte> name)
    {
        if (Find(name) is { } known)
            return known;
        _isTooMuch |= _nodes.Count >= Limits.HiddenNamesMax;
        var node = new Node();
        Span<char> key = stackalloc char[HiddenCode.NameCharsMax];
        if (!_isTooMuch && HiddenCode.TryKey(name, key, out var length))
            _nodes.Add(new string(key[..length]), node);
        return node;
    }

    /// <summary>Null: a plain name of nothing that was read.</summary>
    private Node? Find(ReadOnlySpan<byte> name)
    {
        Span<char> key = stackalloc char[HiddenCode.NameCharsMax];
        return !HiddenCode.TryKey(name, key, out var length) ? _odd
            : _nodes.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(key[..length], out var node)
                ? node : null;
    }

    private static bool IsWordByte(byte c) =>
        char.IsAsciiLetterOrDigit((char)c) || c is (byte)'_' or (byte)'$' or >= 0x80;

    private sealed class Node
    {
        public StatementEffects Effects;

        /// <summary>A statement of a client that names it may run it.</summary>
        public bool IsReached;
        public readonly HashSet<Node> Uses = [];
    }
}
