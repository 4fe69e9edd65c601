namespace Sento.MySql.Pinning;

/// <summary>
/// What a scan has gathered besides effects; nothing is allocated before there is something.
/// </summary>
internal ref struct ScannedNames
{
    public List<string>? Settings;
    public List<KeyValuePair<string, string>>? Literals;
    public List<HeldObject>? Held;

    /// <summary>Sees all tokens in which a function may be called.</summary>
    public CallWatch Calls;

    /// <summary>A statement reads or writes a table, as far as its words tell.</summary>
    public bool UsesTables;

    public void Add(HeldObject held) => (Held ??= []).Add(held);
}
