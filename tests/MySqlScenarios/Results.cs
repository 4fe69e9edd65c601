using System.Text;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.MySqlScenarios;

/// <summary>Replies of every shape, to clients of every agreement, in packets of every size.</summary>
public sealed class Results(Grounds grounds) : Play(grounds)
{
    [Theory, OnBoth]
    public Task Several_statements_in_one_text_and_one_that_fails(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        await client.Query("create table t (a int primary key)");
        Assert.Equal("OK(1) OK(1) (2)",
            (await client.Query("insert into t values (1); insert into t values (2); select count(*) from "
                + "t")).Text);
        await side.Disturb();
        Assert.Equal("OK(1) (3) ERR(1062)",
            (await client.Query("insert into t values (3);select 3;insert into t values (1);select 4")).Text);
        Assert.Equal("(3)", (await client.Query("select count(*) from t")).Text);
        Assert.Equal("OK(0) OK(1) OK(0)", (await client.Query(
            "begin; insert into t values (9); rollback")).Text);
        Assert.Equal("OK(0) OK(1)", (await client.Query("begin; insert into t values (9)")).Text);
        await side.Disturb();
        Assert.Equal("(4)", (await client.Query("select count(*) from t")).Text);
        await client.Query("rollback");
        Assert.Equal("OK(0) OK(0) (app)", (await client.Query("use other; use app; select database()")).Text);
        Assert.Equal("ERR(1065)", (await client.Query("")).Text);
        await client.Query("-- nothing");
        await client.Query(";");
        await client.Query("select 1;");
    });

    [Theory, OnBoth]
    public Task A_procedure_with_several_results_and_parameters_that_it_sets(MySqlKind on) =>
        Compare(on, async side =>
    {
        var client = await side.Open();
        await client.Query("create table t (a int)");
        await client.Query("create procedure p(in i int, out o int, inout io varchar(9)) begin"
            + " select i; insert into t values (i); select 'second', i + 1; set o = i * 2, io = concat(io, "
                + "'!'); end");
        await client.Query("set @io = 'x'");
        Assert.Equal("(5) (second|6)", (await client.Query("call p(5, @o, @io)")).Text.Replace(" OK(0)",
            "").Replace(" OK(1)", ""));
        await side.Disturb();
        Assert.Equal("(10|x!)", (await client.Query("select @o, @io")).Text);
        var call = await client.Prepare("call p(?, ?, ?)");
        var reply = await call.Execute(7, 0, "y");
        Assert.StartsWith("(7) (second|8) (14|y!)", reply.Text, StringComparison.Ordinal);
        await side.Disturb();
        Assert.Equal("(2)", (await client.Query("select count(*) from t")).Text);
    });

    [Theory, OnBoth]
    public Task Clients_of_every_agreement_hear_what_they_agreed_to(MySqlKind on) => Compare(on, async side =>
    {
        foreach (var left in new[] { MySqlFlags.None, MySqlFlags.DeprecateEof, MySqlFlags.SessionTrack,
            MySqlFlags.DeprecateEof | MySqlFlags.SessionTrack, MySqlFlags.MultiResults
                | MySqlFlags.PsMultiResults })
        {
            foreach (var more in new[] { MySqlFlags.None, MySqlFlags.FoundRows, MySqlFlags.QueryAttributes,
                MySqlFlags.Interactive | MySqlFlags.IgnoreSpace })
            {
                var client = await side.Open(side.Door.Without(left).With(more));
                await client.Query("create table if not exists t (id int auto_increment primary key, a int)");
                await client.Query("insert into t (a) values (1), (2)");
                await client.Query("update t set a = a");
                await client.Query("select * from t where a > 100");
                await client.Query("select a from t limit 2; select 5; update t set a = 3");
                await client.Query("set session time_zone = '+03:00'");
                await client.Query("use other");
                await client.Query("select count  (*) from app.t");
                var statement = await client.Prepare("select a, ? from app.t limit 2");
                await statement.Execute("x");
                await statement.Execute(["y"], sendsTypes: false);
                await client.Query("select nonsense");
                // MySQL's next OK would count that error again, on its own connection.
                await client.Query("select a from app.t where a < 0");
                await client.Ask(0x02, "app");
                await client.Query("drop table t");
            }
        }
    });

    [Theory, OnBoth]
    public Task MariaDbs_own_capabilities_change_what_columns_say(MySqlKind on) => Compare(on, async side =>
    {
        foreach (var flags in new uint[] { 1 << 2, 1 << 3, 1 << 4, 0x1d })
        {
            var client = await side.Open(side.Door with { MariaDbFlags = side.IsMariaDb ? flags & ~0x18u
                : 0 });
            Assert.Equal("(1)", (await client.Query("select 1")).Text);
            var statement = await client.Prepare("select ?");
            Assert.Equal("(2)", (await statement.Execute(2)).Text);
        }
    });

    [Theory, OnBoth]
    public Task A_file_that_the_client_offers_is_loaded(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open(side.Door.With(MySqlFlags.LocalFiles));
        await client.Query("create table t (a int, b varchar(200))");
        const string load = "load data local infile 'some/file' into table t fields terminated by ','";
        foreach (var rows in new[] { 0, 1, 3000 })
        {
            await side.Disturb();
            Assert.Equal("FILE some/file", (await client.Query(load)).Text);
            var text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, rows).Select(i =>
                $"{i},row {i}\n")));
            var pieces = text.Chunk(20_000).ToArray();
            Assert.Equal($"OK({rows})", (await client.SendFile(pieces)).Text);
        }
        Assert.Equal("3001", (await client.Query("select count(*) from t")).Scalar);
        // Nothing is sent: the client could not open it.
        await client.Query(load);
        Assert.Equal("OK(0)", (await client.SendFile()).Text);
        await client.Query("set sql_mode = 'STRICT_ALL_TABLES'");
        await client.Query(load + " (a)");
        await client.SendFile("not a number\n"u8.ToArray());
        Assert.Equal("3002", (await client.Query("select count(*) from t")).Scalar);
        var without = await side.Open();
        Assert.NotNull((await without.Query(load)).Error);
        Assert.Equal("1", (await without.Query("select 1")).Scalar);
    });

    [Theory, OnBoth]
    public Task Packets_of_sixteen_megabytes_and_around_pass_both_ways(MySqlKind on) =>
        Compare(on, async side =>
    {
        var client = await side.Open();
        const int most = 0xff_ffff;
        foreach (var length in new[] { 1_048_570, 1_048_600, most - 1, most, most + 1, 33_000_000 })
        {
            // The command's code is one byte; the text fills the rest exactly.
            var filler = length - 1 - "select length('')".Length;
            var reply = await client.Query([.. "select length('"u8, .. Filled(filler), .. "')"u8]);
            Assert.Equal($"{filler}", reply.Scalar);
            if (!side.IsDirect)
                Assert.Equal(length > 1 << 20, (await Grounds.Of(on).Pins()).Contains("LongStatement"));
        }
        await side.Disturb();
        foreach (var length in new[] { most - 5, most - 4, most - 3, 33_000_000 })
            Assert.StartsWith($"({length} bytes", (await client.Query($"select repeat('y', {length})")).Text,
                StringComparison.Ordinal);
        var statement = await client.Prepare("select length(?), ?");
        await side.Disturb();
        Assert.StartsWith("(17000000|17000000 bytes", (await statement.Execute(Filled(17_000_000),
            Filled(17_000_000))).Text,
            StringComparison.Ordinal);
        Assert.Equal("1", (await client.Query("select 1")).Scalar);
    });

    [Theory, OnBoth]
    public Task Numbers_of_packets_wrap_and_many_rows_pass(MySqlKind on) => Compare(on, async side =>
    {
        foreach (var door in new[] { side.Door, side.Door.Without(MySqlFlags.DeprecateEof) })
        {
            var client = await side.Open(door);
            await client.Query("create table if not exists t (a int)");
            await client.Query("insert into t values " + string.Join(',', Enumerable.Range(0,
                700).Select(i => $"({i})")));
            Assert.Equal(700, (await client.Query("select a, 'x' from t limit 700")).Rows.Count());
            var statement = await client.Prepare("select a from t limit 600");
            Assert.Equal(600, (await statement.Execute()).Rows.Count());
            await client.Query($"select {string.Join(',', Enumerable.Range(0, 300))}");
        }
    });

    [Theory, OnBoth]
    public Task Bytes_that_come_one_at_a_time_mean_the_same(MySqlKind on) => Compare(on, async side =>
    {
        var client = await side.Open();
        for (var round = 0; round < 2; round++)
        {
            await client.SendByteByByte(MySqlBytes.Packets([0x03, .. "select 'slow', 1"u8], 0));
            Assert.Equal("(slow|1)", (await client.Receive()).Text);
        }
        await client.SendByteByByte(MySqlBytes.Packets([0x16, .. "select ?, 2"u8], 0));
        await client.Receive(MySqlShape.Prepare);
        var statement = await client.Prepare("select ?, 3");
        await statement.Execute("a");
        await side.Disturb();
        await client.SendByteByByte(MySqlBytes.Packets(statement.ExecutePayload(["b"], sendsTypes: false),
            0));
        Assert.Equal("(b|3)", (await client.Receive(MySqlShape.Binary)).Text);
        await client.SendByteByByte(MySqlBytes.Packets(statement.ExecutePayload(["c"]), 0));
        Assert.Equal("(c|3)", (await client.Receive(MySqlShape.Binary)).Text);
    });

    private static byte[] Filled(int length)
    {
        var bytes = new byte[length];
        Array.Fill(bytes, (byte)'x');
        return bytes;
    }
}
