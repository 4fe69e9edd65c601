using MySqlConnector;
using Npgsql;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;

namespace Sento.Tests.Iam;

/// <summary>The database's views name whose client holds a connection, and nobody else.</summary>
public sealed class ShowPrincipalTests(IamGround ground)
{
    private const string SecondKey = "AKIASECOND0000000001";

    [Fact]
    public async Task Application_name_is_of_who_holds_the_one_connection_that_all_share()
    {
        await using var proxy = await ground.Start(text => Shown(text)
            .Replace("MaxConnections: 8", "MaxConnections: 1", StringComparison.Ordinal));
        await using var first = await Open(proxy, IamGround.Token(proxy, "either"), "shop");
        await using var second = await Open(proxy, IamGround.Token(proxy, "either", SecondKey), "");
        await using var other = await Open(proxy, "secret", "shop");

        var processes = new HashSet<int>();
        for (var turn = 0; turn < 3; turn++)
        {
            Assert.Equal("123456789012:user/fn shop", await Seen(first, processes));
            Assert.Equal("123456789012:user/second", await Seen(second, processes));
            Assert.Equal("shop", await Seen(other, processes));
        }
        Assert.Single(processes);

        // What the client changes itself is its own; what it resets is the principal again.
        await Run(first, "set application_name = 'mine'");
        Assert.Equal("mine", await Seen(first, processes));
        Assert.Equal("123456789012:user/second", await Seen(second, processes));
        await Run(first, "reset application_name");
        Assert.Equal("123456789012:user/fn shop", await Seen(first, processes));
        await Run(first, "discard all");
        Assert.Equal("123456789012:user/fn shop", await Seen(first, processes));
        Assert.Equal("shop", await Seen(other, processes));
    }

    [Fact]
    public async Task Nobody_is_shown_unless_it_is_asked_for()
    {
        await using var client = await Open(
            ground.Proxy, IamGround.Token(ground.Proxy, "either"), "shop");

        Assert.Equal("shop", await Seen(client, []));
    }

    [Fact]
    public async Task Attribute_of_a_MySQL_connection_is_of_the_only_principal_that_uses_it()
    {
        await using var server = await MySqlServer.Start(new MySqlOptions
        {
            Kind = MySqlKind.MySql,
            Settings = new Dictionary<string, string> { ["performance-schema"] = "ON" },
            SetupSql = "create user if not exists 'either'@'%' identified by 'secret';\n"
                + "grant all on app.* to 'either'@'%';",
        });
        await using var proxy = await ground.Start(text => Shown(text)
            .Replace("EngineFamily: POSTGRESQL", "EngineFamily: MYSQL", StringComparison.Ordinal)
            .Replace($"Port: {ground.Server.Port}", $"Port: {server.Port}", StringComparison.Ordinal));

        var principals = new Dictionary<string, HashSet<ulong>>();
        for (var turn = 0; turn < 3; turn++)
        {
            await AssertSeen("arn:aws:iam::123456789012:user/fn", IamGround.Token(proxy, "either"));
            await AssertSeen("arn:aws:iam::123456789012:user/second",
                IamGround.Token(proxy, "either", SecondKey));
            await AssertSeen("", "secret");
        }
        var all = principals.Values.SelectMany(connections => connections).ToList();
        Assert.Equal(3, principals.Count);
        Assert.Equal(all.Count, all.Distinct().Count());

        async Task AssertSeen(string principal, string password)
        {
            await using var client = new MySqlConnection(
                MySqlGround.ConnectionString(proxy, password, "either"));
            await client.OpenAsync();
            await using var command = new MySqlCommand(
                "select connection_id(), (select attr_value from "
                + "performance_schema.session_account_connect_attrs where processlist_id = connection_id() "
                + "and attr_name = 'principal')", client);
            await using var reader = await command.ExecuteReaderAsync();
            await reader.ReadAsync();
            Assert.Equal(principal, await reader.IsDBNullAsync(1) ? "" : reader.GetString(1));
            if (!principals.TryGetValue(principal, out var connections))
                principals[principal] = connections = [];
            connections.Add(reader.GetUInt64(0));
        }
    }

    private static string Shown(string text) => text
        .Replace("DBProxyName: shop", "DBProxyName: shop\n    ShowPrincipal: true", StringComparison.Ordinal)
        .Replace("    - UserName: bare\n", $$"""
                - UserName: second
                  AccessKeys: [{AccessKeyId: {{SecondKey}}, SecretAccessKey: {{IamGround.Secret}}}]
                  Policies:
                    - PolicyName: connect
                      PolicyDocument: {Statement: {Effect: Allow, Action: "rds-db:connect", Resource: "*"} }
                - UserName: bare

            """, StringComparison.Ordinal);

    private static async Task<NpgsqlConnection> Open(SentoProcess proxy, string password, string name)
    {
        var settings = new NpgsqlConnectionStringBuilder(
            IamGround.ConnectionString(proxy, password, "either")) { ApplicationName = name };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    private static async Task<string> Seen(NpgsqlConnection connection, HashSet<int> processes)
    {
        await using var command = new NpgsqlCommand(
            "select pid, application_name from pg_stat_activity where pid = pg_backend_pid()", connection);
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        processes.Add(reader.GetInt32(0));
        return reader.GetString(1);
    }

    private static async Task Run(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
