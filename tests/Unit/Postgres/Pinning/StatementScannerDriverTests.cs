using System.Text;
using Sento.Postgres.Pinning;
using Xunit;

namespace Sento.Tests.Unit.Postgres.Pinning;

// Inside the namespace: Identity is an effect here, not the project of that name.
using static Sento.Postgres.Pinning.StatementEffects;

/// <summary>What well-known drivers and frameworks send by themselves.</summary>
public sealed class StatementScannerDriverTests
{
    private const StatementEffects ComposedReset =
        Identity | ResetsSettings | ResetsAllSettings | CursorMayEnd | Unlisten | AdvisoryUnlock
        | DiscardSequences | DiscardTemp | Multiple;

    [Theory]
    [InlineData(
        "SET SESSION AUTHORIZATION DEFAULT;RESET ALL;CLOSE ALL;UNLISTEN *;"
        + "SELECT pg_advisory_unlock_all();DISCARD SEQUENCES;DISCARD TEMP",
        ComposedReset,
        "session_authorization")]
    [InlineData(
        "SELECT pg_advisory_unlock_all();\nCLOSE ALL;\n\n\nDO $$\nBEGIN\n"
        + "    PERFORM * FROM pg_listening_channels() LIMIT 1;\n"
        + "    IF FOUND THEN\n        UNLISTEN *;\n    END IF;\nEND;\n$$;\nRESET ALL;",
        AdvisoryUnlock | CursorMayEnd | Opaque | ChangesCode | ResetsAllSettings | Multiple,
        "")]
    [InlineData(
        "SELECT pg_advisory_unlock_all();\nCLOSE ALL;\nUNLISTEN *;\nRESET ALL;",
        AdvisoryUnlock | CursorMayEnd | Unlisten | ResetsAllSettings | Multiple,
        "")]
    [InlineData(
        "SELECT current_setting('jit') AS cur, set_config('jit', 'off', false) AS new",
        Settings,
        "jit")]
    [InlineData(
        "SET standard_conforming_strings=on; SET client_min_messages TO warning;"
        + "SET TIME ZONE INTERVAL '+00:00' HOUR TO MINUTE",
        Settings | Multiple,
        "standard_conforming_strings client_min_messages timezone")]
    [InlineData("SET client_min_messages TO 'warning'", Settings, "client_min_messages")]
    [InlineData("SET SESSION timezone TO 'UTC'", Settings, "timezone")]
    [InlineData("SET standard_conforming_strings = on", Settings, "standard_conforming_strings")]
    [InlineData("set names 'utf8'", Settings, "client_encoding")]
    [InlineData("set time zone \"UTC\"", Settings, "timezone")]
    [InlineData("set search_path to \"public\"", Settings, "search_path")]
    [InlineData("SET extra_float_digits = 3", Settings, "extra_float_digits")]
    [InlineData("SET DateStyle = 'ISO';SET extra_float_digits = 2;show transaction_isolation",
        Settings | Multiple,
        "datestyle extra_float_digits")]
    [InlineData("SET datestyle TO 'ISO'", Settings, "datestyle")]
    [InlineData("DEALLOCATE pdo_stmt_00000003", Deallocate, "")]
    [InlineData(
        "DECLARE \"_django_curs_140_sync_1\" NO SCROLL CURSOR WITH HOLD FOR SELECT 1",
        DeclareCursor | HoldCursor, "")]
    [InlineData("DISCARD ALL", DiscardAll, "")]
    [InlineData("SELECT pg_try_advisory_lock(3435352353)", AdvisoryLock, "")]
    [InlineData("/*pool*/SET application_name='x'", Settings, "application_name")]
    [InlineData("select version();", None, "")]
    [InlineData(
        "SELECT c.relname FROM pg_catalog.pg_class c WHERE pg_catalog.pg_table_is_visible(c.oid)",
        None, "")]
    public void Statements_of_drivers_have_their_effects(string text, StatementEffects expected, string names)
    {
        var traits = StatementScanner.Scan(Encoding.UTF8.GetBytes(text), true);
        Assert.Equal(expected, traits.Effects);
        Assert.Equal(names.Split(' ', StringSplitOptions.RemoveEmptyEntries), traits.SettingNames);
    }
}
