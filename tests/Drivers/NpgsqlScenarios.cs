using System.Globalization;
using Npgsql;
using NpgsqlTypes;
using Xunit;

namespace Sento.Tests.Drivers;

/// <summary>
/// What the other drivers' programs do, with Npgsql. Each returns how many sessions it opened.
/// </summary>
public sealed class NpgsqlScenarios(string connectionString)
{
    private const int CrowdClients = 200;
    private const int CrowdTransactions = 9;
    private const string TenantOrNone = "select coalesce(current_setting('app.tenant', true), '')";

    public async Task<int> Connecting()
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var connection = await source.OpenConnectionAsync();
        Assert.Equal("app", await Value(connection, "select current_user::text"));
        Assert.Equal("app", await Value(connection, "select current_database()::text"));
        Assert.Equal("UTF8", connection.PostgresParameters["client_encoding"]);
        Assert.Equal("naïve Œuvre 日本", await Value(connection, "select $1::text", "naïve Œuvre 日本"));
        var list = Assert.IsType<int[]>(await Value(connection, "select $1::int[]", new[] { 1, 2 }));
        Assert.Equal<int[]>([1, 2], list);
        return 1;
    }

    public async Task<int> Transactions()
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var writer = await source.OpenConnectionAsync();
        await using var reader = await source.OpenConnectionAsync();
        await Execute(writer, "create table if not exists npgsql_rows (n int); truncate npgsql_rows");
        for (var n = 0; n < 20; n++)
        {
            await using var transaction = await writer.BeginTransactionAsync();
            await Execute(writer, "insert into npgsql_rows values ($1)", n);
            await (n % 2 == 1 ? transaction.RollbackAsync() : transaction.CommitAsync());
        }
        Assert.Equal(10L, await Value(reader, "select count(*) from npgsql_rows"));

        await using (await writer.BeginTransactionAsync(System.Data.IsolationLevel.Serializable))
            Assert.Equal("serializable", await Value(writer, "show transaction_isolation"));
        await Execute(writer, "drop table npgsql_rows");
        return 2;
    }

    public async Task<int> Prepared()
    {
        await using var source = NpgsqlDataSource.Create(connectionString + ";Max Auto Prepare=20");
        await using var connection = await source.OpenConnectionAsync();
        await using var plus = new NpgsqlCommand("select $1 + $2", connection)
        {
            Parameters = { new() { NpgsqlDbType = NpgsqlDbType.Integer }, new() { Value = 7 } },
        };
        await plus.PrepareAsync();
        for (var n = 0; n < 100; n++)
        {
            plus.Parameters[0].Value = n;
            Assert.Equal(n + 7, await plus.ExecuteScalarAsync());
        }
        await plus.UnprepareAsync();
        // Prepared by the driver after five uses; more texts than it keeps.
        for (var text = 0; text < 50; text++)
        {
            for (var n = 0; n < 7; n++)
                Assert.Equal(n + text, await Value(connection, $"select $1 + {text}", n));
        }
        return 1;
    }

    public async Task<int> Errors()
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var connection = await source.OpenConnectionAsync();
        for (var n = 0; n < 10; n++)
        {
            await Fails("42703", () => Execute(connection, "select nonsense"));
            await Fails("22012", () => Execute(connection, "select 1 / $1", 0));
            await using (await connection.BeginTransactionAsync())
            {
                await Fails("42703", () => Execute(connection, "select nonsense"));
                await Fails("25P02", () => Execute(connection, "select 1"));
            }
            Assert.Equal(n, await Value(connection, "select $1", n));
        }
        return 1;
    }

    public async Task<int> Savepoints()
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var connection = await source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await Execute(connection, "create table npgsql_kept (n int); insert into npgsql_kept values (1)");
        await transaction.SaveAsync("one");
        await Execute(connection, "insert into npgsql_kept values (2)");
        await Fails("22012", () => Execute(connection, "select 1 / 0"));
        await transaction.RollbackAsync("one");
        await Execute(connection, "insert into npgsql_kept values (3)");
        await transaction.ReleaseAsync("one");
        Assert.Equal(4L, await Value(connection, "select sum(n) from npgsql_kept"));
        await Execute(connection, "drop table npgsql_kept");
        await transaction.CommitAsync();
        return 1;
    }

    public async Task<int> Copying()
    {
        const string copyIn = "copy npgsql_copy from stdin (format binary)";
        const string copyOut = "copy (select * from npgsql_copy order by n) to stdout";
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var connection = await source.OpenConnectionAsync();
        await Execute(connection, "drop table if exists npgsql_copy");
        await Execute(connection, "create table npgsql_copy (n int, t text)");
        await using (var import = await connection.BeginBinaryImportAsync(copyIn))
        {
            for (var n = 0; n < 10_000; n++)
                await import.WriteRowAsync(CancellationToken.None, n, $"row {n}");
            Assert.Equal(10_000UL, await import.CompleteAsync());
        }
        using (var export = await connection.BeginTextExportAsync(copyOut))
        {
            for (var n = 0; n < 10_000; n++)
                Assert.Equal($"{n}\trow {n}", await export.ReadLineAsync());
        }
        await Fails("22P02", async () =>
        {
            await using var import = await connection.BeginTextImportAsync("copy npgsql_copy from stdin");
            for (var n = 0; n < 5000; n++)
                await import.WriteLineAsync("not a number\tx");
        });
        // Disposed without Complete: the driver sends CopyFail.
        await using (var import = await connection.BeginBinaryImportAsync(copyIn))
            await import.WriteRowAsync(CancellationToken.None, 1, "x");
        Assert.Equal(10_000L, await Value(connection, "select count(*) from npgsql_copy"));
        await Execute(connection, "drop table npgsql_copy");
        return 1;
    }

    public async Task<int> Reconnects()
    {
        await using var source = NpgsqlDataSource.Create(connectionString + ";Pooling=false");
        for (var n = 0; n < 50; n++)
        {
            await using var connection = await source.OpenConnectionAsync();
            Assert.Equal(n, await Value(connection, "select $1", n));
        }
        return 50;
    }

    public async Task<int> Settings()
    {
        await using var source = NpgsqlDataSource.Create(connectionString + ";Maximum Pool Size=2");
        await using var plain = await source.OpenConnectionAsync();
        var usual = await Value(plain, "show work_mem");
        await using (var changed = await source.OpenConnectionAsync())
        {
            await Execute(changed, "set work_mem = '7MB'; set app.tenant = 'one'");
            for (var n = 0; n < 20; n++)
            {
                Assert.Equal("7MB", await Value(changed, "show work_mem"));
                Assert.Equal("one", await Value(changed, "select current_setting('app.tenant')"));
                Assert.Equal(usual, await Value(plain, "show work_mem"));
                Assert.Equal("", await Value(plain, TenantOrNone));
            }
        }
        // The same session out of the driver's pool again: its reset goes ahead of the first statement.
        await using var again = await source.OpenConnectionAsync();
        Assert.Equal(usual, await Value(again, "show work_mem"));
        Assert.Equal("", await Value(again, TenantOrNone));
        return 2;
    }

    public async Task<int> Cursors()
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var connection = await source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await Execute(connection, "declare reader cursor for select generate_series(1, 1000)");
        var found = new List<int>();
        for (var before = -1; before != found.Count;)
        {
            before = found.Count;
            await using var command = new NpgsqlCommand("fetch 100 from reader", connection);
            await using var rows = await command.ExecuteReaderAsync();
            while (await rows.ReadAsync())
                found.Add(rows.GetInt32(0));
        }
        Assert.Equal(Enumerable.Range(1, 1000), found);
        await transaction.CommitAsync();
        return 1;
    }

    public async Task<int> Batches()
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var connection = await source.OpenConnectionAsync();
        await using var batch = new NpgsqlBatch(connection);
        for (var n = 0; n < 100; n++)
        {
            var command = new NpgsqlBatchCommand("select $1") { Parameters = { new() { Value = n } } };
            batch.BatchCommands.Add(command);
        }
        await using (var rows = await batch.ExecuteReaderAsync())
        {
            for (var n = 0; n < 100; n++)
            {
                Assert.True(await rows.ReadAsync());
                Assert.Equal(n, rows.GetInt32(0));
                Assert.Equal(n < 99, await rows.NextResultAsync());
            }
        }
        batch.BatchCommands.Insert(50, new NpgsqlBatchCommand("select nonsense"));
        await Fails("42703", async () =>
        {
            await using var rows = await batch.ExecuteReaderAsync();
            while (await rows.NextResultAsync())
                ;
        });
        Assert.Equal(1, await Value(connection, "select 1"));
        return 1;
    }

    public async Task<int> Cancelling()
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var connection = await source.OpenConnectionAsync();
        await using var watcher = await source.OpenConnectionAsync();
        await using var slow = new NpgsqlCommand("select pg_sleep(90) /* npgsql */", connection);
        var running = slow.ExecuteNonQueryAsync();
        const string runs = "select count(*) from pg_stat_activity"
            + " where state = 'active' and query like 'select pg_sleep(90) /* npgsql%'";
        while (await Value(watcher, runs) is 0L)
            await Execute(watcher, "select pg_sleep(0.02)");
        slow.Cancel();
        var error = await Assert.ThrowsAsync<OperationCanceledException>(() => running);
        Assert.Equal("57014", Assert.IsType<PostgresException>(error.InnerException).SqlState);
        Assert.Equal(1, await Value(connection, "select 1"));
        return 2;
    }

    public async Task<int> Listening()
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var listener = await source.OpenConnectionAsync();
        await using var sender = await source.OpenConnectionAsync();
        var news = new TaskCompletionSource<string>();
        listener.Notification += (_, heard) => news.TrySetResult($"{heard.Channel} {heard.Payload}");
        await Execute(listener, "listen npgsql_news");
        await Execute(sender, "notify npgsql_news, 'hello'");
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!news.Task.IsCompleted)
            await listener.WaitAsync(deadline.Token);
        Assert.Equal("npgsql_news hello", await news.Task);
        return 2;
    }

    public async Task<int> Pool()
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await Task.WhenAll(Enumerable.Range(0, 30).Select(async worker =>
        {
            for (var n = 0; n < 20; n++)
            {
                await using var connection = await source.OpenConnectionAsync();
                Assert.Equal("", await Value(connection, TenantOrNone));
                await Execute(connection, $"set app.tenant = 'worker {worker}'");
                Assert.Equal($"worker {worker}", await Value(connection, TenantOrNone));
                Assert.Equal(worker * n, await Value(connection, "select $1 * $2", worker, n));
            }
        }));
        return 30;
    }

    public async Task<int> Crowd()
    {
        var text = $"{connectionString};Maximum Pool Size={CrowdClients + 1};Timeout=150";
        await using var source = NpgsqlDataSource.Create(text);
        await using var owner = await source.OpenConnectionAsync();
        await Execute(owner, "drop table if exists npgsql_crowd");
        await Execute(owner, "create table npgsql_crowd (client int, n int, primary key (client, n))");
        var everybody = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var arrived = 0;
        await Task.WhenAll(Enumerable.Range(0, CrowdClients).Select(async client =>
        {
            await using var connection = await source.OpenConnectionAsync();
            await Execute(connection, $"set app.client = '{client}'");
            if (Interlocked.Increment(ref arrived) == CrowdClients)
                everybody.SetResult();
            await everybody.Task.WaitAsync(TimeSpan.FromSeconds(150));
            await CrowdWork(connection, client);
        }));
        const int kept = CrowdTransactions - (CrowdTransactions / 3);
        Assert.Equal((long)CrowdClients * kept, await Value(owner, "select count(*) from npgsql_crowd"));
        await Execute(owner, "drop table npgsql_crowd");
        return CrowdClients + 1;
    }

    private static async Task CrowdWork(NpgsqlConnection connection, int client)
    {
        const string own = "select count(*) || ' ' || current_setting('app.client')"
            + " from npgsql_crowd where client = $1";
        var kept = 0;
        for (var n = 0; n < CrowdTransactions; n++)
        {
            await using var transaction = await connection.BeginTransactionAsync();
            await Execute(connection, "insert into npgsql_crowd values ($1, $2)", client, n);
            Assert.Equal(
                string.Create(CultureInfo.InvariantCulture, $"{kept + 1} {client}"),
                await Value(connection, own, client));
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

    private static async Task<object?> Value(
        NpgsqlConnection connection, string sql, params object[] parameters)
    {
        await using var command = CommandOf(connection, sql, parameters);
        return await command.ExecuteScalarAsync();
    }

    private static async Task Execute(NpgsqlConnection connection, string sql, params object[] parameters)
    {
        await using var command = CommandOf(connection, sql, parameters);
        await command.ExecuteNonQueryAsync();
    }

    private static NpgsqlCommand CommandOf(NpgsqlConnection connection, string sql, object[] parameters)
    {
        // A crowd may wait for its turn longer than the driver's half minute.
        var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 150 };
        foreach (var parameter in parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        return command;
    }

    private static async Task Fails(string state, Func<Task> action)
    {
        var error = await Assert.ThrowsAsync<PostgresException>(action);
        Assert.Equal(state, error.SqlState);
    }
}
