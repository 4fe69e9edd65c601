using System.Globalization;
using System.Text;
using MySqlConnector;
using Xunit;

namespace Sento.Tests.Drivers;

/// <summary>
/// What users of MySqlConnector do; each answer is checked. Returns how many sessions it opened.
/// </summary>
internal sealed class MySqlConnectorScenarios(string connectionString)
{
    private const int CrowdClients = 200;
    private const int CrowdTransactions = 9;

    private MySqlDataSource Source(string more = "") => new(connectionString + ";" + more);

    public async Task<int> Connecting()
    {
        await using var source = Source();
        await using var connection = await source.OpenConnectionAsync();
        Assert.Equal("app", await Value(connection, "select substring_index(current_user(), '@', 1)"));
        Assert.Equal("app", await Value(connection, "select database()"));
        Assert.Equal("naïve Œuvre 日本", await Value(connection, "select @a", "naïve Œuvre 日本"));
        var version = (string)(await Value(connection, "select version()"))!;
        Assert.EndsWith(version, connection.ServerVersion, StringComparison.Ordinal);
        Assert.True(await connection.PingAsync());
        return 1;
    }

    public async Task<int> Transactions()
    {
        await using var source = Source();
        await using var writer = await source.OpenConnectionAsync();
        await using var reader = await source.OpenConnectionAsync();
        await Execute(writer, "create table connector_rows (n int)");
        for (var n = 0; n < 20; n++)
        {
            await using var transaction = await writer.BeginTransactionAsync();
            await Execute(writer, transaction, "insert into connector_rows values (@a)", n);
            await (n % 2 == 1 ? transaction.RollbackAsync() : transaction.CommitAsync());
        }
        Assert.Equal(10L, await Value(reader, "select count(*) from connector_rows"));
        // Opens with SET TRANSACTION ISOLATION LEVEL for the next transaction alone.
        const System.Data.IsolationLevel serializable = System.Data.IsolationLevel.Serializable;
        await using (var only = await writer.BeginTransactionAsync(serializable, isReadOnly: true))
            await Fails(1792, () => Execute(writer, only, "insert into connector_rows values (1)"));
        await Execute(writer, "insert into connector_rows values (1)");
        await Execute(writer, "drop table connector_rows");
        return 2;
    }

    public async Task<int> Prepared()
    {
        await using var source = Source();
        await using var connection = await source.OpenConnectionAsync();
        await using var plus = new MySqlCommand("select @a + 7", connection);
        var value = plus.Parameters.Add("@a", MySqlDbType.Int32);
        await plus.PrepareAsync();
        for (var n = 0; n < 100; n++)
        {
            value.Value = n;
            Assert.Equal(n + 7, Whole(await plus.ExecuteScalarAsync()));
        }
        for (var text = 0; text < 300; text++)
        {
            await using var sum = new MySqlCommand($"select @a + {text}", connection);
            sum.Parameters.AddWithValue("@a", 5);
            await sum.PrepareAsync();
            Assert.Equal(5 + text, Whole(await sum.ExecuteScalarAsync()));
        }
        await Execute(connection, "create table connector_keys (id int auto_increment primary key, n int)");
        await using var insert = new MySqlCommand("insert into connector_keys (n) values (@a)", connection);
        insert.Parameters.AddWithValue("@a", 5);
        await insert.PrepareAsync();
        for (var n = 1; n <= 20; n++)
        {
            await insert.ExecuteNonQueryAsync();
            Assert.Equal(n, insert.LastInsertedId);
            Assert.Equal((ulong)n, await Value(connection, "select last_insert_id()"));
        }
        await Execute(connection, "drop table connector_keys");
        return 1;
    }

    public async Task<int> Errors()
    {
        await using var source = Source();
        await using var connection = await source.OpenConnectionAsync();
        await Execute(connection, "create table connector_unique (n int primary key)");
        for (var n = 0; n < 10; n++)
        {
            await Fails(1054, () => Execute(connection, "select nonsense"));
            await using (var open = await connection.BeginTransactionAsync())
            {
                await Execute(connection, open, "insert into connector_unique values (1)");
                await Fails(1062, () => Execute(connection, open, "insert into connector_unique values (1)"));
                Assert.Equal(1L, await Value(connection, open, "select count(*) from connector_unique"));
            }
            Assert.Equal(n, Whole(await Value(connection, "select @a", n)));
        }
        await Execute(connection, "drop table connector_unique");
        return 1;
    }

    public async Task<int> Savepoints()
    {
        await using var source = Source();
        await using var connection = await source.OpenConnectionAsync();
        await Execute(connection, "create table connector_kept (n int primary key)");
        await using var transaction = await connection.BeginTransactionAsync();
        await Execute(connection, transaction, "insert into connector_kept values (1)");
        await transaction.SaveAsync("one");
        await Execute(connection, transaction, "insert into connector_kept values (2)");
        await Fails(1062, () => Execute(connection, transaction, "insert into connector_kept values (2)"));
        await transaction.RollbackAsync("one");
        await Execute(connection, transaction, "insert into connector_kept values (3)");
        await transaction.ReleaseAsync("one");
        Assert.Equal(4m, await Value(connection, transaction, "select sum(n) from connector_kept"));
        await transaction.CommitAsync();
        await Execute(connection, "drop table connector_kept");
        return 1;
    }

    public async Task<int> Loading()
    {
        await using var source = Source("Allow Load Local Infile=true");
        await using var connection = await source.OpenConnectionAsync();
        await Execute(connection, "create table connector_load (n int, t varchar(20))");
        var rows = string.Concat(Enumerable.Range(0, 10_000).Select(n => $"{n}\trow {n}\n"));
        var load = new MySqlBulkLoader(connection)
        {
            TableName = "connector_load",
            SourceStream = new MemoryStream(Encoding.UTF8.GetBytes(rows)),
            Local = true,
        };
        Assert.Equal(10_000, await load.LoadAsync());
        Assert.Equal(10_000L, await Value(connection, "select count(*) from connector_load"));
        await Execute(connection, "drop table connector_load");
        return 1;
    }

    public async Task<int> Reconnects()
    {
        await using var source = Source("Pooling=false");
        for (var n = 0L; n < 50; n++)
        {
            await using var connection = await source.OpenConnectionAsync();
            Assert.Equal(n, Whole(await Value(connection, "select @a", n)));
        }
        return 50;
    }

    public async Task<int> Settings()
    {
        await using var source = Source("Maximum Pool Size=2;Allow User Variables=true");
        await using var plain = await source.OpenConnectionAsync();
        var usual = await Value(plain, "select @@sort_buffer_size");
        await using (var changed = await source.OpenConnectionAsync())
        {
            await Execute(changed, "set session sort_buffer_size = 98304, @tenant = 'one'");
            for (var n = 0; n < 20; n++)
            {
                Assert.Equal(98304UL, await Value(changed, "select @@sort_buffer_size"));
                Assert.Equal("one", await Value(changed, "select @tenant"));
                Assert.Equal(usual, await Value(plain, "select @@sort_buffer_size"));
                Assert.Equal(DBNull.Value, await Value(plain, "select @tenant"));
            }
            await changed.ChangeDatabaseAsync("information_schema");
            Assert.Equal("information_schema", await Value(changed, "select database()"));
        }
        // The same session out of the driver's pool again: its reset goes ahead of the first statement.
        await using var again = await source.OpenConnectionAsync();
        Assert.Equal(usual, await Value(again, "select @@sort_buffer_size"));
        Assert.Equal(DBNull.Value, await Value(again, "select @tenant"));
        Assert.Equal("app", await Value(again, "select database()"));
        return 2;
    }

    public async Task<int> Batches()
    {
        await using var source = Source();
        await using var connection = await source.OpenConnectionAsync();
        await using var batch = new MySqlBatch(connection);
        for (var n = 0L; n < 100; n++)
        {
            var command = new MySqlBatchCommand("select @a");
            command.Parameters.AddWithValue("@a", n);
            batch.BatchCommands.Add(command);
        }
        await using (var rows = await batch.ExecuteReaderAsync())
        {
            for (var n = 0L; n < 100; n++)
            {
                Assert.True(await rows.ReadAsync());
                Assert.Equal(n, rows.GetInt64(0));
                Assert.Equal(n < 99, await rows.NextResultAsync());
            }
        }
        Assert.Equal(1, Whole(await Value(connection, "select 1")));
        return 1;
    }

    public async Task<int> Cancelling()
    {
        // Its two seconds for a KILL QUERY are few on a machine that does much else.
        await using var source = Source("Cancellation Timeout=30");
        await using var connection = await source.OpenConnectionAsync();
        await using var watcher = await source.OpenConnectionAsync();
        // Unlike a sleep on MySQL it fails when it is interrupted.
        await using var slow = new MySqlCommand("with recursive n as (select 1 as i union all select i + 1"
            + " from n where i < 900) select count(*) from n a, n b, n c, n d /* connector */", connection);
        using var cancel = new CancellationTokenSource();
        var running = slow.ExecuteScalarAsync(cancel.Token);
        const string runs = "select count(*) from information_schema.processlist"
            + " where info like 'with recursive%/* connector%' and id <> connection_id()";
        while (await Value(watcher, runs) is 0L)
            await Execute(watcher, "do sleep(0.02)");
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal("5", await Value(connection, "select '5'"));
        slow.CommandTimeout = 1;
        var late = await Assert.ThrowsAsync<MySqlException>(() => slow.ExecuteScalarAsync());
        Assert.Equal(MySqlErrorCode.CommandTimeoutExpired, late.ErrorCode);
        Assert.Equal("6", await Value(connection, "select '6'"));
        return 4;
    }

    public async Task<int> Pool()
    {
        await using var source = Source("Allow User Variables=true");
        await Task.WhenAll(Enumerable.Range(0, 30).Select(async worker =>
        {
            for (var n = 0; n < 20; n++)
            {
                await using var connection = await source.OpenConnectionAsync();
                Assert.Equal(DBNull.Value, await Value(connection, "select @tenant"));
                await Execute(connection, $"set @tenant = 'worker {worker}'");
                Assert.Equal($"worker {worker}", await Value(connection, "select @tenant"));
            }
        }));
        return 30;
    }

    public async Task<int> Crowd()
    {
        await using var source =
            Source($"Allow User Variables=true;Maximum Pool Size={CrowdClients + 1};Connection Timeout=150");
        await using var owner = await source.OpenConnectionAsync();
        await Execute(owner, "create table connector_crowd (client int, n int, primary key (client, n))");
        var everybody = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var arrived = 0;
        await Task.WhenAll(Enumerable.Range(0, CrowdClients).Select(async client =>
        {
            await using var connection = await source.OpenConnectionAsync();
            await Execute(connection,
                $"set session group_concat_max_len = {2000 + client}");
            if (Interlocked.Increment(ref arrived) == CrowdClients)
                everybody.SetResult();
            await everybody.Task.WaitAsync(TimeSpan.FromSeconds(150));
            await CrowdWork(connection, client);
        }));
        const int kept = CrowdTransactions - (CrowdTransactions / 3);
        Assert.Equal((long)CrowdClients * kept, await Value(owner, "select count(*) from connector_crowd"));
        await Execute(owner, "drop table connector_crowd");
        return CrowdClients + 1;
    }

    private static async Task CrowdWork(MySqlConnection connection, int client)
    {
        await using var own = new MySqlCommand(
            "select concat(count(*), ' ', @@group_concat_max_len) from connector_crowd"
            + " where client = @a", connection) { CommandTimeout = 150 };
        own.Parameters.AddWithValue("@a", client);
        await own.PrepareAsync();
        var kept = 0;
        for (var n = 0; n < CrowdTransactions; n++)
        {
            await using var transaction = await connection.BeginTransactionAsync();
            own.Transaction = transaction;
            await Execute(
                connection, transaction, "insert into connector_crowd values (@a, @b)", client, n);
            Assert.Equal($"{kept + 1} {2000 + client}", await own.ExecuteScalarAsync());
            if (n % 3 == 2)
            {
                await transaction.RollbackAsync();
            }
            else
            {
                await transaction.CommitAsync();
                kept++;
            }
        }
    }

    private static int Whole(object? number) => Convert.ToInt32(number, CultureInfo.InvariantCulture);

    private static Task<object?> Value(MySqlConnection connection, string sql, params object[] parameters) =>
        Value(connection, null, sql, parameters);

    private static async Task<object?> Value(
        MySqlConnection connection, MySqlTransaction? transaction, string sql, params object[] parameters)
    {
        await using var command = CommandOf(connection, transaction, sql, parameters);
        return await command.ExecuteScalarAsync();
    }

    private static Task Execute(MySqlConnection connection, string sql, params object[] parameters) =>
        Execute(connection, null, sql, parameters);

    private static async Task Execute(
        MySqlConnection connection, MySqlTransaction? transaction, string sql, params object[] parameters)
    {
        await using var command = CommandOf(connection, transaction, sql, parameters);
        await command.ExecuteNonQueryAsync();
    }

    private static MySqlCommand CommandOf(
        MySqlConnection connection, MySqlTransaction? transaction, string sql, object[] parameters)
    {
        // A crowd may wait for its turn longer than the driver's half minute.
        var command = new MySqlCommand(sql, connection, transaction) { CommandTimeout = 150 };
        for (var i = 0; i < parameters.Length; i++)
            command.Parameters.AddWithValue("@" + (char)('a' + i), parameters[i]);
        return command;
    }

    private static async Task Fails(int code, Func<Task> action)
    {
        var error = await Assert.ThrowsAsync<MySqlException>(action);
        Assert.Equal(code, error.Number);
    }
}
