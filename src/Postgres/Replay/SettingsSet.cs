using System.Collections.Immutable;
using System.Text;
using Sento.Base;

namespace Sento.Postgres.Replay;

/// <summary>
/// Setting names and values of one session: immutable, and the same object for the same content.
/// </summary>
/// <remarks>
/// Because sets are interned, "has this server what this client wants?" is one reference comparison.
/// Values are the bytes of the wire, one char each (Latin-1), so that no encoding is guessed.
/// </remarks>
public sealed class SettingsSet
{
    private readonly ImmutableArray<KeyValuePair<string, string>> _items;
    private readonly SettingsInterner _interner;
    private byte[]? _replaySql;
    private Step? _lastStep;

    internal SettingsSet(SettingsInterner interner, ImmutableArray<KeyValuePair<string, string>> items)
    {
        _interner = interner;
        _items = items;
        Self = new WeakReference<SettingsSet>(this);
        foreach (var (name, value) in items)
        {
            IsContextFree &= ReplayRules.IsContextFree(name, value);
            HasTimeout |= name.EndsWith("_timeout", StringComparison.OrdinalIgnoreCase);
            ByteCount += name.Length + value.Length;
            HasTemporaryPath |= name.Equals("search_path", StringComparison.OrdinalIgnoreCase)
                && value.Contains("pg_temp", StringComparison.OrdinalIgnoreCase);
            HasIdentity |= IdentityRank(name.ToLowerInvariant()) > 0;
        }
    }

    public ImmutableArray<KeyValuePair<string, string>> Items => _items;

    public int Count => _items.Length;

    internal WeakReference<SettingsSet> Self { get; }

    public int ByteCount { get; }

    /// <summary>
    /// Applying it to a server of the same pool can't fail: it may be sent ahead without waiting.
    /// </summary>
    public bool IsContextFree { get; } = true;

    /// <summary>A statement run under it may be cut short, our own scrub too.</summary>
    public bool HasTimeout { get; }

    /// <summary>With a temporary schema on its path a plain CREATE makes a temporary object.</summary>
    public bool HasTemporaryPath { get; }

    /// <summary>It says who the session is: another role than the one that signed in.</summary>
    public bool HasIdentity { get; }

    /// <summary>
    /// SELECT set_config(…), … for all items, without a closing semicolon; empty for an empty set.
    /// </summary>
    public ReadOnlySpan<byte> ReplaySql => _replaySql ??= Build();

    /// <summary>What the values are written in; null: whatever a new connection's default is.</summary>
    public string? Encoding => TryGet("client_encoding", out var encoding) ? encoding : null;

    public bool TryGet(string name, out string value)
    {
        var index = IndexOf(name);
        value = index >= 0 ? _items[index].Value : "";
        return index >= 0;
    }

    public SettingsSet With(string name, string value)
    {
        // Clients of one application take the same step from the same set, one after another.
        if (_lastStep is { } last && last.Name == name && last.Value == value
            && last.To.TryGetTarget(out var known))
            return known;
        var next = Changed(name, value);
        _lastStep = new Step(name, value, next.Self);
        return next;
    }

    private SettingsSet Changed(string name, string value)
    {
        var index = IndexOf(name);
        if (index >= 0)
        {
            return _items[index].Value == value ? this
                : _interner.Intern(_items.SetItem(index, KeyValuePair.Create(_items[index].Key, value)));
        }
        return _interner.Intern(_items.Insert(~index, KeyValuePair.Create(name, value)));
    }

    public SettingsSet Without(string name)
    {
        var index = IndexOf(name);
        return index < 0 ? this : _interner.Intern(_items.RemoveAt(index));
    }

    /// <summary>
    /// Appends E'…' with every byte that needs it escaped, whatever standard_conforming_strings says.
    /// </summary>
    public static void AppendLiteral(ByteBuffer output, string latin)
    {
        output.Write("E'"u8);
        foreach (var c in latin)
        {
            if (c is '\'' or '\\')
                output.WriteByte((byte)c);
            output.WriteByte((byte)c);
        }
        output.WriteByte((byte)'\'');
    }

    /// <param name="encoding">
    /// The client_encoding that name and value are written in; null: the one in force when the text runs.
    /// </param>
    public static void AppendSetConfig(ByteBuffer output, string name, string value, string? encoding)
    {
        output.Write("pg_catalog.set_config("u8);
        AppendText(output, name, encoding);
        output.WriteByte((byte)',');
        AppendText(output, value, encoding);
        output.Write(",false)"u8);
    }

    /// <summary>
    /// A text that means the same whatever client_encoding is when it is read: the server converts a whole
    /// Query before it runs any of it, so a client_encoding that is set on the way comes too late.
    /// </summary>
    private static void AppendText(ByteBuffer output, string latin, string? encoding)
    {
        if (!latin.AsSpan().ContainsAnyExceptInRange('\0', '~'))
        {
            AppendLiteral(output, latin);
            return;
        }
        output.Write("pg_catalog.convert_from(pg_catalog.decode('"u8);
        WriteHex(output, latin);
        output.Write("','hex'),"u8);
        if (encoding is null)
            output.Write("pg_catalog.current_setting('client_encoding')"u8);
        else
            AppendLiteral(output, encoding);
        output.WriteByte((byte)')');
    }

    private static void WriteHex(ByteBuffer output, string latin)
    {
        foreach (var c in latin)
        {
            output.WriteByte((byte)"0123456789abcdef"[c >> 4]);
            output.WriteByte((byte)"0123456789abcdef"[c & 15]);
        }
    }

    private static int IdentityRank(string name) => name switch
    {
        "session_authorization" => 1,
        "role" => 2,
        _ => 0,
    };

    /// <param name="To">Weak: of all that were ever reached, none must live for that.</param>
    private sealed record Step(string Name, string Value, WeakReference<SettingsSet> To);

    private byte[] Build()
    {
        if (_items.Length == 0)
            return [];
        var sql = new ByteBuffer(256);
        sql.Write("SELECT "u8);
        var separator = ""u8;
        // Who the session is comes last: another role might not be allowed to make the settings.
        foreach (var (name, value) in _items.OrderBy(item => IdentityRank(item.Key)))
        {
            sql.Write(separator);
            AppendSetConfig(sql, name, value, Encoding);
            separator = ","u8;
        }
        return sql.Written.ToArray();
    }

    /// <summary>
    /// Where a name stands, or the complement of where it would; names compare without case, as in
    /// PostgreSQL.
    /// </summary>
    private int IndexOf(string name)
    {
        int low = 0, high = _items.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = string.Compare(_items[middle].Key, name, StringComparison.OrdinalIgnoreCase);
            if (order == 0)
                return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }
        return ~low;
    }
}
