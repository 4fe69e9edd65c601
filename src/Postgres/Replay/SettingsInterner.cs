using System.Collections.Immutable;
using Sento.Base;

namespace Sento.Postgres.Replay;

/// <summary>Finds the one object for each content, sorted by name without case. Loop thread only.</summary>
public sealed class SettingsInterner : WeakInterner<SettingsSet>
{
    protected override SettingsSet Make(ImmutableArray<KeyValuePair<string, string>> items) =>
        new(this, items);

    protected override WeakReference<SettingsSet> ReferenceTo(SettingsSet set) => set.Self;
}
