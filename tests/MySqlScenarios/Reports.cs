using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.MySqlScenarios;

/// <summary>What a client is told of changes, where and when it is.</summary>
public sealed class Reports(Grounds grounds) : Play(grounds)
{
    [Theory, OnBoth]
    public Task What_changes_beside_rows_is_told_as_the_server_tells_it(MySqlKind on) =>
        Compare(on, async side =>
    {
        // An EOF has no place for changes: MariaDB tells them with the next OK.
        foreach (var door in new[]
        {
            side.Door, side.Door.Without(MySqlFlags.DeprecateEof),
            side.Door.Without(MySqlFlags.SessionTrack),
            side.Door.Without(MySqlFlags.DeprecateEof | MySqlFlags.SessionTrack),
        })
        {
            var client = await side.Open(door);
            await client.Query("create procedure if not exists sets() begin"
                + " set time_zone = '+05:00', autocommit = 1; select 1; end");
            await client.Query("call sets()");
            await client.Query("do 0");
            await client.Query("set time_zone = '+03:00'; select 5");
            await client.Query("select 6");
            await client.Ask(0x0e);
            await client.Ask(0x1f);
            await client.Query("do 1");
        }
    });

    [Theory, OnBoth]
    public Task What_a_failed_statement_has_changed_is_told_with_the_next_ok(MySqlKind on) =>
        Compare(on, async side =>
    {
        var client = await side.Open();
        await client.Query("set time_zone = '+04:00', sql_mode = 'nonsense'");
        await client.Query("do 0");
        await client.Query("set session autocommit = 1, @a = (select 1 union select 2)");
        await client.Query("select 1");
        await client.Query("do 0");
        await client.Query("use other; use nowhere");
        await client.Query("do 0");
        await side.Disturb();
        await client.Query("select database(), @@time_zone");
    });

    [Theory, OnBoth]
    public Task After_an_error_that_has_ended_a_transaction_no_answer_says_it_is_open(MySqlKind on) =>
        Compare(on, async side =>
    {
        var client = await side.Open();
        foreach (var (code, argument) in new (byte, byte[])[] { (0x0e, []), (0x1b, [0, 0]) })
        {
            foreach (var failing in (string[])["truncate table nowhere", "select nonsense",
                "drop table nowhere"])
            {
                await client.Query("begin");
                await client.Query(failing);
                await client.Ask(code, argument);
                await client.Ask(code, argument);
                await side.Disturb();
                await client.Query("select 1");
                await client.Query("rollback");
            }
        }
    });
}
