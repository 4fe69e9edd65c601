namespace Sento.MySql.Pinning;

/// <summary>
/// What a scan has gathered besides effects; nothing is allocated before there is something.
/// </summary>
internal ref struct ScannedNames
{
    public List<string>? Settings;
    public List<KeyValuePair<string, string>>? Literals;
    public List<HeldObject>? Held;

    public void Add(HeldObject held) => (Held ??= []).Add(held);
}
