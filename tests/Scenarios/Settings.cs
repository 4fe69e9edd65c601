using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>Settings: each client sees its own, at once and for ever, and nobody else's.</summary>
public sealed class Settings(Ground ground) : Play(ground)
{
    /// <summary>What a client's settings are; compared between the sides, so it needs no expectation.</summary>
    private const string View = """
        select current_setting('work_mem'), current_setting('timezone'), current_setting('statement_timeout'),
        current_setting('application_name'), current_setting('datestyle'), current_setting('search_path'),
        current_setting('enable_seqscan'), coalesce(current_setting('app.tenant', true), ''),
        current_setting('default_transaction_isolation'), current_setting('extra_float_digits'), current_user, session_user
        """;

    public static readonly TheoryData<string> WaysToSet =
    [
        "set work_mem = '7MB'", "SET SESSION work_mem TO 7000", "select set_config('work_mem', '7MB', false)",
        "set timezone = 'Asia/Tokyo'", "set time zone 'Asia/Tokyo'", "set time zone interval '+05:30' hour to minute",
        "set time zone local", "set application_name = 'me'", "set application_name to me", "set datestyle to german, dmy",
        "set names 'latin1'", "set search_path = pg_catalog, \"Weird, One\", public", "set schema 'public'",
        "set app.tenant = 'mine'", "set app.tenant = 'it''s; -- $$'", "select set_config('app.tenant', 'mine', false)",
        "set app.tenant = ''", "set enable_seqscan to off", "set statement_timeout = '5min'",
        "set session characteristics as transaction isolation level serializable",
        "set session characteristics as transaction read only, isolation level repeatable read",
        "set default_transaction_isolation = 'serializable'", "set extra_float_digits = -3", "set seed to 0.5",
        "set /* c */ work_mem -- d\n = '7MB' ;", "set work_mem from current",
    ];

    [Theory]
    [InlineData("discard all")]
    [InlineData("reset all")]
    [InlineData("reset app.tenant")]
    public Task A_reset_that_is_refused_brings_nothing_back(string reset) => Compare(async side =>
    {
        var client = await side.Open(("app.tenant", "start"), ("work_mem", "5MB"));
        await client.Query("set app.tenant = ''; set work_mem = '7MB'");
        await client.Query("begin");
        await client.Query("select 1/0");
        Assert.Equal("E(25P02) Z(E)", (await client.Query(reset)).Text);
        await client.Query("rollback");
        await client.Query(View);
        await client.Query("set work_mem = '8MB'; select 1/0");
        await client.Query($"{reset}; select 1/0");
        await client.Query(View);
        await client.Query("begin");
        await client.Send(Query("select 1/0"), Query(reset), Query("rollback"));
        await client.ReceiveReady(3);
        await client.Query(View);
    });

    [Theory]
    [MemberData(nameof(WaysToSet))]
    public Task What_one_client_sets_only_it_sees(string statement) => Compare(async side =>
    {
        var setter = await side.Open();
        var other = await side.Open();
        await setter.Query(View);
        await setter.Query(statement);
        for (var round = 0; round < 2; round++)
        {
            await other.Query(View);
            await setter.Query(View);
        }
        await other.Extended(View);
        await setter.Extended(View);
        await (await side.Open()).Query(View);
    });

    [Theory]
    [MemberData(nameof(WaysToSet))]
    public Task Set_by_the_extended_protocol_holds_too(string statement) => Compare(async side =>
    {
        var setter = await side.Open();
        var other = await side.Open();
        await setter.Ask(Parse("s", statement), Sync());
        await other.Query(View);
        await setter.Query(View);
        await setter.Ask(Bind("", "s"), DescribePortal(""), Execute(), Sync());
        await other.Query(View);
        await setter.Query(View);
    });

    [Theory]
    [MemberData(nameof(WaysToSet))]
    public Task Settings_follow_the_end_of_their_transaction(string statement) => Compare(async side =>
    {
        var setter = await side.Open();
        var other = await side.Open();
        foreach (var end in new[] { "rollback", "commit" })
        {
            await setter.Query("begin");
            await setter.Query(statement);
            await setter.Query(View);
            await setter.Query(end);
            await other.Query(View);
            await setter.Query(View);
        }
    });

    [Fact]
    public Task Settings_follow_savepoints() => Compare(async side =>
    {
        var setter = await side.Open();
        var other = await side.Open();
        foreach (var end in new[] { "commit", "rollback" })
        {
            foreach (var statement in new[]
            {
                "begin", "set work_mem = '1MB'", "savepoint a", "set work_mem = '2MB'; set timezone = 'Asia/Tokyo'",
                "savepoint b", "set work_mem = '3MB'; set app.tenant = 'b'", "rollback to b", View, "release b", View,
                "set local work_mem = '4MB'", "rollback to a", View, "set app.tenant = 'a'", "release a", View, end, View,
            })
                await setter.Query(statement);
            await other.Query(View);
            await setter.Query(View);
        }
    });

    [Fact]
    public Task A_local_setting_ends_with_its_transaction() => Compare(async side =>
    {
        var setter = await side.Open();
        var other = await side.Open();
        await setter.Query("set timezone = 'Asia/Tokyo'; set work_mem = '5MB'");
        await setter.Query("begin");
        await setter.Query("set local timezone = 'Europe/Paris'");
        await setter.Query("select set_config('work_mem', '6MB', true)");
        await setter.Query("set local app.tenant = 'local'");
        await setter.Query(View);
        await setter.Query("commit");
        await other.Query(View);
        await setter.Query(View);
        await setter.Query("set local work_mem = '8MB'");
        await setter.Query(View);
        await setter.Query("begin; set work_mem = '9MB'; set local work_mem = '10MB'; commit");
        await setter.Query(View);
        await setter.Query("begin; set local work_mem = '11MB'; set work_mem = '12MB'; commit");
        await setter.Query(View);
    });

    [Theory]
    [InlineData("reset all")]
    [InlineData("discard all")]
    [InlineData("reset work_mem; reset timezone; reset app.tenant; reset application_name")]
    [InlineData("set work_mem to default; set timezone = default; set app.tenant to default; set time zone default")]
    public Task A_reset_goes_back_to_the_clients_own_baseline(string reset) => Compare(async side =>
    {
        var other = await side.Open(("application_name", "other"));
        var client = await side.Open(
            ("application_name", "mine"), ("timezone", "Asia/Tokyo"), ("options", "-c work_mem=3MB -c app.tenant=start"));
        await client.Query(View);
        await client.Query(
            "set work_mem = '7MB'; set timezone = 'Europe/Paris'; set app.tenant = 'changed'; set application_name = 'x'");
        await other.Query(View);
        await client.Query(View);
        await client.Query(reset);
        await other.Query(View);
        await client.Query(View);
        await client.Extended(reset.Split(';')[0]);
        await client.Query(View);
    });

    [Fact]
    public Task A_reset_in_a_transaction_is_undone_with_it() => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("set work_mem = '7MB'; set timezone = 'Asia/Tokyo'; set app.tenant = 'mine'");
        foreach (var reset in new[] { "reset all", "reset work_mem", "set timezone to default", "reset app.tenant" })
        {
            await client.Query($"begin; {reset}");
            await client.Query(View);
            await client.Query("rollback");
            await other.Query(View);
            await client.Query(View);
        }
        await client.Query("begin; reset all; set work_mem = '8MB'; commit");
        await other.Query(View);
        await client.Query(View);
    });

    [Fact]
    public Task A_set_that_failed_changes_nothing() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query("set work_mem = 'much'");
        await client.Query("set no_such_setting = 1");
        await client.Query("set timezone = 'Moon/Crater'");
        await client.Query("set work_mem = '7MB'; select 1/0");
        await client.Query(View);
        await client.Query("select set_config('work_mem', '8MB', false), 1/(random() * 0)::int");
        await client.Query(View);
        await client.Send(Extended("set work_mem = '9MB'"), Extended("select 1/0"), Sync());
        await client.ReceiveUntilReady();
        await client.Query(View);
        await client.Query("set server_version = '1'");
        await client.Query("set log_statement = 'all'");
    });

    [Fact]
    public Task Several_settings_in_one_string_and_one_pipeline() => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("set work_mem = '1MB'; set work_mem = '2MB'; begin; set timezone = 'Asia/Tokyo'; rollback; set app.tenant = 'x'");
        await other.Query(View);
        await client.Query(View);
        await client.Send(
            Extended("set work_mem = '3MB'"), Extended("set timezone = 'Asia/Tokyo'"), Sync(),
            Extended("begin"), Sync(), Extended("set work_mem = '4MB'"), Sync(), Extended("rollback"), Sync(),
            Query("set application_name = 'end'"));
        await client.ReceiveReady(5);
        await other.Query(View);
        await client.Query(View);
    });

    [Fact]
    public Task Bound_arguments_of_set_config_count() => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Extended("select set_config($1, $2, $3)", "work_mem", "7MB", "false");
        await client.Extended("select set_config('app.tenant', $1, false)", "it's \\ mine");
        await client.Extended("select set_config('timezone', $1, $2::bool)", "Asia/Tokyo", "t");
        await other.Query(View);
        await client.Query(View);
        await client.Ask(Parse("s", "select set_config($1, $2, $3)"), Sync());
        foreach (var value in new[] { "8MB", "9MB" })
        {
            await client.Ask(Bind("", "s", "work_mem", value, "f"), Execute(), Sync());
            await other.Query(View);
            await client.Query(View);
        }
    });

    [Fact]
    public Task A_setting_computed_or_set_within_a_larger_query() => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("select set_config('work_' || 'mem', (3 + 4)::text || 'MB', false)");
        await other.Query(View);
        await client.Query(View);
        await client.Query("select set_config(name, '9MB', false) from pg_settings where name = 'work_mem'");
        await other.Query(View);
        await client.Query(View);
        await client.Query("with x as (select set_config('app.tenant', 'cte', false)) select * from x");
        await other.Query(View);
        await client.Query(View);
        await client.Query("update pg_settings set setting = '6MB' where name = 'work_mem'");
        await other.Query(View);
        await client.Query(View);
    });

    [Fact]
    public Task What_functions_set_never_reaches_another_client() => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("""
            create function sets() returns text language plpgsql as $$
            begin
                set work_mem = '7MB';
                perform set_config('app.tenant', 'hidden', false);
                set timezone = 'Asia/Tokyo';
                return 'done';
            end $$
            """);
        await client.Query("select sets()");
        await other.Query(View);
        await (await side.Open()).Query(View);
        await client.Query("do $$ begin set work_mem = '8MB'; set application_name = 'from do'; end $$");
        await other.Query(View);
        await (await side.Open()).Query(View);
        // Reported settings are followed exactly, even from inside functions.
        Assert.Equal("Asia/Tokyo", (await client.Query("show timezone")).Scalar);
        Assert.Equal("from do", (await client.Query("show application_name")).Scalar);
    });

    [Fact]
    public Task A_functions_own_setting_ends_with_it() => Compare(async side =>
    {
        var client = await side.Open();
        await client.Query("create function f() returns text language sql set work_mem = '7MB' set timezone = 'Asia/Tokyo' as $$ select current_setting('work_mem') $$");
        Assert.Equal("7MB", (await client.Query("select f()")).Scalar);
        await client.Query(View);
    });

    [Fact]
    public Task Reported_settings_are_told_when_they_change_and_only_then() => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("set timezone = 'Asia/Tokyo'");
        for (var i = 0; i < 3; i++)
        {
            await other.Query("select 1");
            await client.Query("select 1");
        }
        await client.Query("set timezone = 'Asia/Tokyo'");
        await client.Query("begin; set local timezone = 'Europe/Paris'");
        await client.Query("commit");
        await client.Query("begin; set timezone = 'Europe/Paris'; set timezone = 'Asia/Tokyo'");
        await client.Query("rollback");
        await client.Send(Query("set timezone = 'Europe/Rome'"), Query("set timezone = 'Asia/Tokyo'"), Query("select 1"));
        await client.ReceiveReady(3);
        await client.Query("set client_encoding = 'latin1'");
        await other.Query("select 1");
        await client.Query("select 'é'");
        await client.Query("reset all");
        await client.Query("set datestyle = 'sql'; set intervalstyle = 'iso_8601'; set standard_conforming_strings = off");
        await client.Query("discard all");
        await client.Query("select sum(1)");
        await client.Query("set default_transaction_read_only = on");
        await client.Query("create table t ()");
    });

    [Theory]
    [InlineData("application_name", "")]
    [InlineData("application_name", "grüße")]
    [InlineData("application_name", "a'b\\c\"d $$ ; --")]
    [InlineData("DateStyle", "German")]
    [InlineData("TimeZone", "Asia/Tokyo")]
    [InlineData("timezone", "-5")]
    [InlineData("client_encoding", "LATIN1")]
    [InlineData("client_encoding", "utf-8")]
    [InlineData("search_path", "pg_catalog, \"x y\"")]
    [InlineData("extra_float_digits", "2")]
    [InlineData("statement_timeout", "60000")]
    [InlineData("idle_in_transaction_session_timeout", "1h")]
    [InlineData("default_transaction_isolation", "serializable")]
    [InlineData("app.tenant", "from start")]
    [InlineData("geqo", "off")]
    [InlineData("work_mem", "7MB")]
    [InlineData("options", "-c work_mem=7MB")]
    [InlineData("options", "-cwork_mem=7MB --statement_timeout=5s")]
    [InlineData("options", "--work-mem=7MB -c app.tenant=a\\ b\\\\c")]
    [InlineData("options", "  ")]
    [InlineData("options", "-c search_path=public,pg_catalog -c TimeZone=Asia/Tokyo")]
    [InlineData("options", "-c DateStyle=German,DMY")]
    public Task A_startup_parameter_is_the_clients_own_baseline(string name, string value) => Compare(async side =>
    {
        var other = await side.Open();
        var client = await side.Open((name, value));
        await client.Query(View);
        await other.Query(View);
        await client.Query("set work_mem = '9MB'; set timezone = 'UTC'; set app.tenant = 'x'; set application_name = 'y'");
        await other.Query(View);
        await client.Query("reset all");
        await other.Query(View);
        await client.Query(View);
    });

    [Theory]
    [InlineData("no_such_setting", "1")]
    [InlineData("work_mem", "much")]
    [InlineData("TimeZone", "Moon/Crater")]
    [InlineData("client_encoding", "klingon")]
    [InlineData("log_statement", "all")]
    [InlineData("shared_buffers", "1MB")]
    [InlineData("options", "-c no_such=1")]
    [InlineData("options", "-c =")]
    [InlineData("options", "-c")]
    [InlineData("options", "-c work_mem")]
    [InlineData("options", "rubbish")]
    [InlineData("options", "-z")]
    [InlineData("options", "--=1")]
    public Task A_startup_parameter_that_will_not_do_is_refused_as_the_server_refuses_it(string name, string value) =>
        Compare(async side =>
        {
            var client = await side.Connect(side.Door.With((name, value)));
            await side.SignIn(client);
            var other = await side.Open();
            await other.Query(View);
        });

    [Theory]
    [InlineData("n", "")]
    [InlineData("n", "-c client_min_messages=warning")]
    [InlineData("\u00fc", "")]
    public Task A_very_long_application_name_is_cut_as_the_server_cuts_it(
        string letter, string options) => Compare(async side =>
    {
        var name = string.Concat(Enumerable.Repeat(letter, 200));
        var client = await side.Open(("application_name", name), ("options", options));
        var other = await side.Open();
        await other.Query("show application_name");
        await client.Query("show application_name");
        await client.Query($"set application_name = '{new string('m', 100)}'");
        await other.Query("show application_name");
        await client.Query("show application_name");
    });

    [Fact]
    public Task Resets_of_drivers_pools_are_honoured() => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        foreach (var reset in new[]
        {
            "SET SESSION AUTHORIZATION DEFAULT;RESET ALL;CLOSE ALL;UNLISTEN *;SELECT pg_advisory_unlock_all();DISCARD SEQUENCES;DISCARD TEMP",
            "SELECT pg_advisory_unlock_all();\nCLOSE ALL;\nUNLISTEN *;\nRESET ALL;",
            "DISCARD ALL", "ROLLBACK; DISCARD TEMP; RESET ALL",
        })
        {
            await client.Query("set work_mem = '7MB'; set app.tenant = 'x'; set timezone = 'Asia/Tokyo'");
            await other.Query(View);
            await client.Query(reset);
            await other.Query(View);
            await client.Query(View);
        }
    });

    [Fact]
    public Task A_row_filter_by_a_setting_shows_each_client_its_own_rows() => Compare(async side =>
    {
        var owner = await side.Open();
        await owner.Query("create table t (tenant text, v int); insert into t values ('a', 1), ('b', 2), ('', 3)");
        await owner.Query("create policy p on t using (tenant = coalesce(current_setting('app.tenant', true), ''))");
        await owner.Query("alter table t enable row level security; alter table t force row level security");
        var first = await side.Open(("options", "-c app.tenant=a"));
        var second = await side.Open();
        await second.Query("set app.tenant = 'b'");
        for (var round = 0; round < 5; round++)
        {
            Assert.Equal("1", (await first.Extended("select v from t")).Scalar);
            Assert.Equal("2", (await second.Extended("select v from t")).Scalar);
            Assert.Equal("3", (await owner.Extended("select v from t")).Scalar);
        }
    });

    [Fact]
    public Task Show_says_what_the_client_set_and_what_it_did_not() => Compare(async side =>
    {
        var client = await side.Open();
        var other = await side.Open();
        await client.Query("set work_mem = '7MB'");
        await other.Query("show work_mem");
        await client.Query("show work_mem");
        await client.Query("select setting, source from pg_settings where name in ('work_mem', 'lock_timeout') order by name");
        await other.Query("select setting from pg_settings where name = 'work_mem'");
        await client.Extended("show work_mem");
        await client.Query("show no_such_setting");
        await client.Query("show session_authorization");
        await client.Query("show transaction isolation level");
        await client.Query("show time zone");
    });
}
