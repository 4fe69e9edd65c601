using System.Collections.Immutable;
using CsCheck;
using Sento.Vault;
using Xunit;

namespace Sento.Tests.Unit.Vault;

public sealed class StagingLabelsTests
{
    private static readonly DateTimeOffset Day = DateTimeOffset.UnixEpoch.AddDays(20_000);

    [Fact]
    public void What_loses_current_becomes_previous()
    {
        var record = Of(("v1", [Stage.Current]), ("v2", []));

        record = StagingLabels.Attach(record, "v2", [Stage.Current]);

        Assert.Equal([Stage.Current], record.Find("v2")!.Stages);
        Assert.Equal([Stage.Previous], record.Find("v1")!.Stages);
    }

    [Fact]
    public void Previous_that_becomes_current_again_is_previous_no_more()
    {
        var record = Of(("v1", [Stage.Previous]), ("v2", [Stage.Current]));

        record = StagingLabels.Attach(record, "v1", [Stage.Current]);

        Assert.Equal([Stage.Current], record.Find("v1")!.Stages);
        Assert.Equal([Stage.Previous], record.Find("v2")!.Stages);
    }

    [Fact]
    public void Pending_stays_where_current_goes()
    {
        var record = Of(("v1", [Stage.Current]), ("v2", [Stage.Pending]));

        record = StagingLabels.Attach(record, "v2", [Stage.Current]);

        Assert.Equal([Stage.Pending, Stage.Current], record.Find("v2")!.Stages);
    }

    [Fact]
    public void Pending_of_a_rotation_that_is_over_ends_with_its_current()
    {
        var record = Of(("v1", [Stage.Current, Stage.Pending]), ("v2", []));

        record = StagingLabels.Attach(record, "v2", [Stage.Current]);

        Assert.Equal([Stage.Previous], record.Find("v1")!.Stages);
        Assert.Null(record.Holder(Stage.Pending));
    }

    [Fact]
    public void Whatever_is_attached_a_label_is_on_one_version_at_most_and_current_never_vanishes()
    {
        string[] stages = [Stage.Current, Stage.Previous, Stage.Pending, "a", "b"];
        string[] ids = ["v1", "v2", "v3", "v4"];
        var start = Of(("v1", [Stage.Current]), ("v2", []), ("v3", []), ("v4", []));

        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 4]).Array[1, 30].Sample(moves =>
        {
            var record = start;
            foreach (var (version, stage) in moves)
            {
                var before = record.Holder(Stage.Current)!.Id;
                record = StagingLabels.Attach(record, ids[version], [stages[stage]]);
                Assert.True(record.Find(ids[version])!.Has(stages[stage]));
                if (record.Holder(Stage.Current)!.Id != before)
                    Assert.Equal(before, record.Holder(Stage.Previous)!.Id);
                foreach (var label in stages)
                    Assert.True(record.Versions.Count(v => v.Has(label)) <= 1);
                Assert.NotNull(record.Holder(Stage.Current));
            }
        });
    }

    [Fact]
    public void Above_a_hundred_unlabelled_versions_the_oldest_go_but_none_of_today()
    {
        var versions = Enumerable.Range(0, 130)
            .Select(i => new SecretVersion($"v{i}", [], Day.AddMinutes(i)))
            .Append(new SecretVersion("current", [Stage.Current], Day))
            .ToImmutableArray();
        var record = Of() with { Versions = versions };

        var (today, none) = StagingLabels.Prune(record, Day.AddHours(3));
        var (tomorrow, forgotten) = StagingLabels.Prune(record, Day.AddDays(2));

        Assert.Empty(none);
        Assert.Equal(131, today.Versions.Length);
        Assert.Equal(Enumerable.Range(0, 30).Select(i => $"v{i}"), forgotten);
        Assert.Equal(101, tomorrow.Versions.Length);
        Assert.NotNull(tomorrow.Find("current"));
    }

    private static SecretRecord Of(params (string Id, string[] Stages)[] versions) => new()
    {
        Arn = "arn",
        Name = "name",
        CreatedDate = Day,
        Versions = [.. versions.Select(v => new SecretVersion(v.Id, [.. v.Stages], Day))],
    };
}
