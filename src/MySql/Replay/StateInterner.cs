using System.Collections.Immutable;
using Sento.Base;

namespace Sento.MySql.Replay;

/// <summary>Finds the one object for each content, sorted by name. Loop thread only.</summary>
public sealed class StateInterner : WeakInterner<StateSet>
{
    protected override StateSet Make(ImmutableArray<KeyValuePair<string, string>> items) => new(this, items);
}
