using Sento.MySql.Pinning;

namespace Sento.MySql.Client;

/// <summary>The named objects that one session holds on its server connection, as its texts told.</summary>
/// <remarks>
/// A name that is written in two ways counts twice: then the session stays pinned, which is safe.
/// </remarks>
internal sealed class HeldObjects
{
    private HashSet<HeldObject>? _held;

    public void Apply(HeldObject change, string? schema)
    {
        var held = change with
        {
            IsTaken = true,
            Schema = change.Kind != HeldKind.TempTable ? "" : change.Schema.Length > 0 ? change.Schema
                : schema ?? "",
            Name = change.Kind == HeldKind.TempTable ? change.Name : change.Name.ToLowerInvariant(),
        };
        if (change.IsTaken)
            (_held ??= []).Add(held);
        else
            _held?.Remove(held);
    }

    public bool Has(HeldKind kind)
    {
        foreach (var held in _held ?? [])
        {
            if (held.Kind == kind)
                return true;
        }
        return false;
    }

    public void Clear() => _held = null;
}
