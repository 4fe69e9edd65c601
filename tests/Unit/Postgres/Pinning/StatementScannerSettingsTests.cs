using System.Text;
using Sento.Postgres.Pinning;
using Xunit;

namespace Sento.Tests.Unit.Postgres.Pinning;

// Inside the namespace: Identity is an effect here, not the project of that name.
using static Sento.Postgres.Pinning.StatementEffects;

public sealed class StatementScannerSettingsTests
{
    [Theory]
    [InlineData("SET x = 1", Settings, "x")]
    [InlineData("SET X TO 'a'", Settings, "x")]
    [InlineData("set session WORK_MEM to '1MB'", Settings, "work_mem")]
    [InlineData("SET \"Work_Mem\" = 1", Settings, "work_mem")]
    [InlineData("SET app.Tenant_Id = '7'", Settings, "app.tenant_id")]
    [InlineData("SET \"App\" . \"a b\" = '7'", Settings, "app.a b")]
    [InlineData("SET a.b.c = '7'", Settings, "a.b.c")]
    [InlineData("SET local.x = 1", Settings, "local.x")]
    [InlineData("SET session.x = 1", Settings, "session.x")]
    [InlineData("SET time.x = 1", Settings, "time.x")]
    [InlineData("SET names TO 1", Settings, "names")]
    [InlineData("SET transaction.x = 1", Settings, "transaction.x")]
    [InlineData("SET x FROM CURRENT", Settings, "x")]
    [InlineData("SET search_path = a, b", Settings, "search_path")]
    [InlineData("SET sort_mem = 1", Settings, "work_mem")]
    [InlineData("SET NAMES 'utf8'", Settings, "client_encoding")]
    [InlineData("SET NAMES", ResetsSettings, "client_encoding")]
    [InlineData("SET NAMES DEFAULT", ResetsSettings, "client_encoding")]
    [InlineData("SET SCHEMA 'a'", Settings, "search_path")]
    [InlineData("SET XML OPTION DOCUMENT", Settings, "xmloption")]
    [InlineData("SET TIME ZONE 'UTC'", Settings, "timezone")]
    [InlineData("SET SESSION TIME ZONE INTERVAL '+00:00' HOUR TO MINUTE", Settings, "timezone")]
    [InlineData("SET TIME ZONE LOCAL", ResetsSettings, "timezone")]
    [InlineData("SET TIME ZONE DEFAULT", ResetsSettings, "timezone")]
    [InlineData("SET x TO DEFAULT", ResetsSettings, "x")]
    [InlineData("SET x = /* */ default", ResetsSettings, "x")]
    [InlineData("SET x = 'default'", Settings, "x")]
    [InlineData("RESET x", ResetsSettings, "x")]
    [InlineData("RESET App.Tenant", ResetsSettings, "app.tenant")]
    [InlineData("RESET TIME ZONE", ResetsSettings, "timezone")]
    [InlineData("RESET session.x", ResetsSettings, "session.x")]
    [InlineData("SET ROLE bob", Identity, "role")]
    [InlineData("SET SESSION ROLE 'bob'", Identity, "role")]
    [InlineData("SET ROLE NONE", Identity, "role")]
    [InlineData("SET role TO bob", Identity, "role")]
    [InlineData("SET ROLE TO DEFAULT", Identity | ResetsSettings, "role")]
    [InlineData("RESET ROLE", Identity | ResetsSettings, "role")]
    [InlineData("SET SESSION AUTHORIZATION bob", Identity, "session_authorization")]
    [InlineData("SET SESSION SESSION AUTHORIZATION bob", Identity, "session_authorization")]
    [InlineData("SET session_authorization = 'bob'", Identity, "session_authorization")]
    [InlineData("SET SESSION AUTHORIZATION DEFAULT", Identity | ResetsSettings, "session_authorization")]
    [InlineData("RESET SESSION AUTHORIZATION", Identity | ResetsSettings, "session_authorization")]
    [InlineData("SELECT set_config('A.b', $1, false)", Settings, "a.b")]
    [InlineData("SELECT pg_catalog.set_config('x', '1', $1)", Settings, "x")]
    [InlineData("SELECT \"set_config\"('x'::text, f(1, (2)), 'f')", Settings, "x")]
    [InlineData("SELECT set_config(E'x', $$1$$, not true)", Settings, "x")]
    [InlineData("SELECT set_config($$x$$, '1', false::bool)", Settings, "x")]
    [InlineData("SELECT set_config('role', 'bob', false)", Identity, "role")]
    [InlineData(
        "SELECT set_config('session_authorization', 'bob', false)",
        Identity, "session_authorization")]
    [InlineData("SELECT set_limit(0.3)", Settings, "pg_trgm.similarity_threshold")]
    public void Settings_of_the_session_are_listed(string text, StatementEffects expected, string name)
    {
        var traits = Scan(text);
        Assert.Equal(expected, traits.Effects);
        Assert.Equal([name], traits.SettingNames);
    }

    [Theory]
    [InlineData("SET LOCAL x = 1")]
    [InlineData("SET LOCAL ROLE bob")]
    [InlineData("SET LOCAL SESSION AUTHORIZATION bob")]
    [InlineData("SET LOCAL TIME ZONE LOCAL")]
    [InlineData("SET LOCAL x TO DEFAULT")]
    [InlineData("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")]
    [InlineData("SET LOCAL TRANSACTION READ ONLY")]
    [InlineData("SET SESSION TRANSACTION READ ONLY")]
    [InlineData("SET TRANSACTION SNAPSHOT '1-1'")]
    [InlineData("SET CONSTRAINTS ALL DEFERRED")]
    [InlineData("SET transaction_read_only = on")]
    [InlineData("RESET TRANSACTION ISOLATION LEVEL")]
    [InlineData("SELECT set_config('x', '1', true)")]
    [InlineData("SELECT set_config('role', '1', TRUE)")]
    [InlineData("SELECT set_config($1, $2, 't'::boolean)")]
    public void What_ends_with_the_transaction_is_not_listed(string text)
    {
        var traits = Scan(text);
        Assert.Equal(LocalSettings, traits.Effects);
        Assert.Empty(traits.SettingNames);
    }

    [Theory]
    [InlineData("SELECT set_config($1, $2, false)")]
    [InlineData("SELECT set_config($1, $2, $3)")]
    [InlineData("SELECT set_config(name, 'x', false) FROM t")]
    [InlineData("SELECT set_config('a' || 'b', 'x', false)")]
    [InlineData("SELECT set_config('a'\n'b', 'x', false)")]
    [InlineData("SELECT set_config(E'\\141', 'x', false)")]
    [InlineData("SELECT set_config('a'::regclass::text, 'x', false)")]
    [InlineData("SELECT set_config(setting_name => 'a', new_value => 'b', is_local => false)")]
    [InlineData("SELECT set_config('a')")]
    [InlineData("SELECT set_config()")]
    public void A_computed_name_is_unknown(string text) =>
        Assert.True(Scan(text).Has(SettingsUnknown | Settings));

    [Fact]
    public void An_inner_call_counts_as_the_outer_one_does()
    {
        var traits = Scan("SELECT set_config('a', set_config('b', 'x', false), true)");
        Assert.Equal(Settings | LocalSettings, traits.Effects);
        Assert.Equal(["b"], traits.SettingNames);
    }

    [Theory]
    [InlineData("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", "default_transaction_read_only")]
    [InlineData(
        "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "default_transaction_isolation")]
    [InlineData(
        "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ONLY, DEFERRABLE",
        "default_transaction_isolation,default_transaction_read_only,default_transaction_deferrable")]
    public void Characteristics_are_settings(string text, string names)
    {
        var traits = Scan(text);
        Assert.Equal(Settings, traits.Effects);
        Assert.Equal(names.Split(','), traits.SettingNames);
    }

    [Fact]
    public void Names_are_cut_where_the_server_cuts_them()
    {
        var traits = Scan("SET a." + new string('b', 70) + " = 1");
        Assert.Equal(["a." + new string('b', 63)], traits.SettingNames);
    }

    [Fact]
    public void Too_many_names_make_the_text_opaque()
    {
        var traits = Scan(string.Concat(Enumerable.Repeat("SET a = 1;", StatementTraits.NamesMax + 1)));
        Assert.Equal(Settings | Opaque | Multiple, traits.Effects);
        Assert.Equal(StatementTraits.NamesMax, traits.SettingNames.Length);
    }

    private static StatementTraits Scan(string text) =>
        StatementScanner.Scan(Encoding.UTF8.GetBytes(text), true);
}
