using System.Diagnostics;
using Npgsql;
using Sento.Tests.Support;

namespace Sento.Tests.Iam;

/// <summary>A new environment starts, and all its functions sign in at once.</summary>
public sealed class StormTests(IamGround ground)
{
    private const int SignIns = 400;

    [Fact]
    public async Task Transactions_go_on_while_hundreds_sign_in_with_tokens()
    {
        await using var proxy = await ground.Start();
        // The first sign-in of all also opens a server connection, and compiles what both will run.
        Assert.Equal("app", await IamGround.WhoAmI(proxy, IamGround.Token(proxy)));
        using var running = new Running(IamGround.ConnectionString(proxy, "secret", "either"));
        await running.Begun;

        var token = IamGround.Token(proxy);
        var clock = Stopwatch.StartNew();
        var before = running.Transactions;
        await Parallel.ForAsync(
            0, SignIns, new ParallelOptions { MaxDegreeOfParallelism = 100 }, async (_, _) =>
                Assert.Equal("app", await IamGround.WhoAmI(proxy, token)));
        var storm = clock.Elapsed;
        var (transactions, longest) = running.Stop();

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{SignIns} sign-ins in {storm}, {transactions - before} transactions beside, "
            + $"the longest {longest}");
        Assert.True(
            transactions - before >= SignIns / 20 && longest < storm / 3,
            $"{transactions - before} transactions, the longest {longest}, beside a storm of {storm}");
    }

    /// <summary>One transaction after another, on a thread that nothing else here holds up.</summary>
    private sealed class Running : IDisposable
    {
        private readonly TaskCompletionSource _begun = new();
        private readonly Thread _thread;
        private readonly string _connectionString;
        private volatile bool _isOver;
        private int _transactions;
        private TimeSpan _longest;

        public Running(string connectionString)
        {
            _connectionString = connectionString;
            _thread = new Thread(Run) { Priority = ThreadPriority.AboveNormal };
            _thread.Start();
        }

        public Task Begun => _begun.Task;

        public int Transactions => Volatile.Read(ref _transactions);

        public (int Transactions, TimeSpan Longest) Stop()
        {
            _isOver = true;
            _thread.Join();
            return (_transactions, _longest);
        }

        public void Dispose() => Stop();

        private void Run()
        {
            try
            {
                using var connection = new NpgsqlConnection(_connectionString);
                connection.Open();
                using var command = new NpgsqlCommand("select 1", connection);
                command.ExecuteScalar();
                _begun.TrySetResult();
                while (!_isOver)
                {
                    var started = Stopwatch.GetTimestamp();
                    command.ExecuteScalar();
                    var took = Stopwatch.GetElapsedTime(started);
                    _longest = took > _longest ? took : _longest;
                    Interlocked.Increment(ref _transactions);
                }
            }
            catch (NpgsqlException error)
            {
                _begun.TrySetException(error);
            }
        }
    }
}
