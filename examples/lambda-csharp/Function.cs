using Npgsql;

namespace Example;

public sealed record Visit(string Name);

public sealed record Visits(string Name, long Count);

/// <summary>
/// An AWS Lambda function that reaches PostgreSQL through Sento with an IAM token instead of a password.
/// Environment: DB_HOST, DB_PORT, DB_USER, DB_NAME, DB_CA_FILE (the authority of the proxy's certificate) and
/// AWS_REGION.
/// </summary>
public sealed class Function : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source;

    // Of the execution environment: it stays while the function is frozen between two calls, and costs the
    // database nothing there, since it ends at the proxy.
    private NpgsqlConnection? _connection;

    public Function()
    {
        var address = new NpgsqlConnectionStringBuilder
        {
            Host = Setting("DB_HOST"),
            Port = int.Parse(Setting("DB_PORT")),
            Username = Setting("DB_USER"),
            Database = Setting("DB_NAME"),
            SslMode = SslMode.VerifyFull,
            RootCertificate = Setting("DB_CA_FILE"),
            // One connection for each environment: the pool is the proxy's.
            Pooling = false,
        };
        var builder = new NpgsqlDataSourceBuilder(address.ConnectionString);
        // Asked for each connection: a token is good for 15 minutes, for signing in.
        builder.UsePasswordProvider(
            target => Token(target),
            (target, _) => ValueTask.FromResult(Token(target)));
        _source = builder.Build();
    }

    public async Task<Visits> HandleAsync(Visit visit)
    {
        _connection ??= await _source.OpenConnectionAsync();
        try
        {
            // One transaction: afterwards the proxy lends the server connection to somebody else.
            await using var transaction = await _connection.BeginTransactionAsync();
            await using var batch = new NpgsqlBatch(_connection)
            {
                BatchCommands =
                {
                    new("insert into visit (name) values ($1)")
                    {
                        Parameters = { new() { Value = visit.Name } },
                    },
                    new("select count(*) from visit where name = $1")
                    {
                        Parameters = { new() { Value = visit.Name } },
                    },
                },
            };
            var count = (long)(await batch.ExecuteScalarAsync())!;
            await transaction.CommitAsync();
            return new Visits(visit.Name, count);
        }
        catch
        {
            // Given up, not tried again: the write may have happened. The next call connects anew.
            await DisconnectAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await DisconnectAsync();
        await _source.DisposeAsync();
    }

    private async ValueTask DisconnectAsync()
    {
        if (_connection is { } connection)
            await connection.DisposeAsync();
        _connection = null;
    }

    private static string Token(NpgsqlConnectionStringBuilder target) =>
        DatabaseToken.Sign(target.Host!, target.Port, target.Username!, Setting("AWS_REGION"));

    private static string Setting(string name) => Environment.GetEnvironmentVariable(name)
        ?? throw new InvalidOperationException($"{name} is not set");
}
