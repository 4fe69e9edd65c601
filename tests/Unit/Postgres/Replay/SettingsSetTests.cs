using Sento.Postgres.Replay;
using Xunit;

namespace Sento.Tests.Unit.Postgres.Replay;

public sealed class SettingsSetTests
{
    private readonly SettingsInterner _interner = new();

    [Fact]
    public void The_same_content_is_the_same_object_whatever_the_way_there()
    {
        var first = _interner.Empty.With("a", "1").With("b", "2");
        var second = _interner.Empty.With("b", "2").With("a", "1");
        Assert.Same(first, second);
        Assert.Same(first, second.With("a", "3").With("A", "1"));
        Assert.Same(_interner.Empty, first.Without("a").Without("b"));
    }

    [Fact]
    public void A_step_taken_again_leads_to_the_same_set_and_allocates_nothing()
    {
        var from = _interner.Empty.With("a", "1");
        var to = from.With("b", "2");
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.True(ReferenceEquals(to, from.With("b", "2")));
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Another_step_from_the_same_set_leads_elsewhere()
    {
        var from = _interner.Empty.With("a", "1");
        var values = new List<SettingsSet>();
        foreach (var value in new[] { "2", "3", "2", "4" })
            values.Add(from.With("b", value));
        Assert.Same(values[0], values[2]);
        Assert.NotSame(values[0], values[1]);
        Assert.True(values[3].TryGet("B", out var last));
        Assert.Equal("4", last);
        Assert.False(from.TryGet("b", out _));
    }

    [Fact]
    public void Sets_that_nobody_has_do_not_stay_for_the_steps_to_them()
    {
        var reached = Reach();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.False(reached.TryGetTarget(out _));

        WeakReference<SettingsSet> Reach()
        {
            var set = _interner.Empty;
            for (var value = 0; value < 10; value++)
                set = set.With("a", value.ToString(System.Globalization.CultureInfo.InvariantCulture));
            return new(set);
        }
    }
}
