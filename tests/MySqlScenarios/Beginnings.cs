using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.MySqlScenarios;

/// <summary>How a session begins, and how it begins anew.</summary>
public sealed class Beginnings(Grounds grounds) : Play(grounds)
{
    private const byte Reset = 0x1f, Option = 0x1b;

    [Theory, OnBoth]
    public Task The_schema_of_a_sign_in_is_told_with_its_ok(MySqlKind on) => Compare(on, async side =>
    {
        foreach (var door in new[]
        {
            side.Door, side.Door.To("other"), side.Door.To(""), side.Door.Without(MySqlFlags.SessionTrack),
            side.Door.Without(MySqlFlags.DeprecateEof),
        })
        {
            var client = await side.Connect(door);
            client.Hears!((await client.SignIn()).FullText);
            client.Hears((await client.ChangeUser(door.To("other"))).FullText);
            client.Hears((await client.ChangeUser(door.To(""))).FullText);
        }
    });

    [Theory, OnBoth]
    public Task A_reset_says_that_statements_commit_themselves_again(MySqlKind on) =>
        Compare(on, async side =>
    {
        var client = await side.Open();
        await client.Query("set autocommit = 0");
        await side.Disturb();
        // Nothing is held then, and afterwards something is.
        Assert.Equal(2, (await client.Ask(Reset)).Ok!.Status & 2);
        Assert.Equal("1", (await client.Query("select @@autocommit")).Scalar);
        await client.Query("set autocommit = 0");
        await client.Query("select get_lock('held', 0)");
        Assert.Equal(2, (await client.Ask(Reset)).Ok!.Status & 2);
        await client.Query("set sql_mode = ''");
        await client.Query("set autocommit = 0");
        await client.Query("select * from information_schema.engines limit 0");
        Assert.Equal(2, (await client.Ask(Reset)).Ok!.Status & 2);
        await side.Disturb();
        Assert.Equal(2, (await client.Ask(0x0e)).Ok!.Status & 2);
    });

    [Theory, OnBoth]
    public Task No_reset_and_no_other_user_changes_whether_a_text_may_have_several_statements(MySqlKind on) =>
        Compare(on, async side =>
    {
        foreach (var isOn in new[] { true, false })
        {
            var client = await side.Open(isOn ? side.Door.Without(MySqlFlags.MultiStatements) : side.Door);
            await client.Ask(Option, [(byte)(isOn ? 0 : 1), 0]);
            var heard = isOn ? "(1) (2)" : "ERR(1064)";
            await client.Ask(Reset);
            Assert.Equal(heard, (await client.Query("select 1; select 2")).Text);
            await side.Disturb();
            Assert.Equal(heard, (await client.Query("select 1; select 2")).Text);
            await client.Query("select get_lock('held', 0)");
            await client.Ask(Reset);
            await side.Disturb();
            Assert.Equal(heard, (await client.Query("select 1; select 2")).Text);
            await client.ChangeUser(client.Door.To("other"));
            await side.Disturb();
            Assert.Equal(heard, (await client.Query("select 1; select 2")).Text);
        }
    });

    [Theory, OnBoth]
    public Task Who_has_asked_for_nothing_yet_has_counted_nothing(MySqlKind on) => Compare(on, async side =>
    {
        // Of FOUND_ROWS() MariaDB shows what the session before on the same thread has left.
        foreach (var question in (string[])["select row_count()", "select row_count() as n",
            "select row_count() + 1", "show warnings", "select @@warning_count"])
        {
            await side.Disturb();
            await (await side.Open()).Query(question);
            var client = await side.Open();
            await client.Query("select 1 union select 2");
            await client.Ask(Reset);
            await side.Disturb();
            await client.Query(question);
        }
    });

    [Theory, OnBoth]
    public Task A_reset_leaves_found_rows_as_they_were(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        await client.Query("select 1 union select 2");
        await client.Ask(Reset);
        await side.Disturb();
        Assert.Equal("2", (await client.Query("select found_rows()")).Scalar);
    }, comparesTranscripts: on == MySqlKind.MariaDb); // MySQL warns that FOUND_ROWS() will go one day.
}
