using Sento.Tests.Unit.Transport.Tls;
using Sento.Transport;
using Sento.Transport.Tls;
using Xunit;

namespace Sento.Tests.Unit.Transport;

public sealed class CpuWorkersTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void Work_above_the_bound_is_refused_with_a_reason_and_the_rest_is_done()
    {
        using var gate = new ManualResetEventSlim();
        var workers = new CpuWorkers(threadCount: 1, waitingMax: 2);
        var blocked = new Work(gate.Wait);
        Assert.True(workers.TryRun(blocked, out _));
        Assert.True(blocked.Begun.Wait(s_patience));
        Work[] waiting = [new(() => { }), new(() => { })];
        Assert.All(waiting, work => Assert.True(workers.TryRun(work, out _)));

        var refused = new Work(() => { });
        Assert.False(workers.TryRun(refused, out var refusal));
        Assert.Equal("too many sign-ins at once: 2 wait for a worker", refusal);
        Assert.Equal(2, workers.WaitingCount);

        gate.Set();
        workers.Dispose();
        Assert.All(waiting, work => Assert.True(work.Done.IsSet));
        Assert.False(refused.Begun.IsSet);
        Assert.False(workers.TryRun(refused, out refusal));
        Assert.Equal("the proxy is stopping", refusal);
    }

    [Fact]
    public void Work_that_throws_reports_it_and_harms_no_other()
    {
        using var workers = new CpuWorkers(threadCount: 1);
        var broken = new Work(() => throw new InvalidOperationException("broken"));
        var sound = new Work(() => { });
        Assert.True(workers.TryRun(broken, out _));
        Assert.True(workers.TryRun(sound, out _));

        Assert.True(sound.Done.Wait(s_patience));
        Assert.Equal("broken", broken.Fault!.Message);
        Assert.Null(sound.Fault);
    }

    [Fact]
    public void Work_is_done_by_all_threads_at_once()
    {
        using var workers = new CpuWorkers(threadCount: 3);
        using var meeting = new Barrier(3);
        void Meet() => meeting.SignalAndWait(s_patience);
        Work[] work = [new(Meet), new(Meet), new(Meet)];
        Assert.All(work, one => Assert.True(workers.TryRun(one, out _)));

        Assert.All(work, one => Assert.True(one.Done.Wait(s_patience)));
        Assert.Equal(1, meeting.CurrentPhaseNumber);
    }

    [Fact]
    public void Work_added_from_many_threads_is_done_once_each()
    {
        var count = 0;
        var accepted = 0;
        using (var workers = new CpuWorkers(threadCount: 2, waitingMax: 100))
        {
            Parallel.For(0, 4, _ =>
            {
                for (var index = 0; index < 5000; index++)
                {
                    if (workers.TryRun(new Work(() => Interlocked.Increment(ref count)), out var _))
                        Interlocked.Increment(ref accepted);
                }
            });
        }

        Assert.Equal(accepted, count);
    }

    [Fact]
    public void A_handshake_runs_step_by_step_on_the_workers()
    {
        using var folder = new CertificateFolder();
        using var workers = new CpuWorkers(threadCount: 2);
        var client = new TlsClientOptions { AuthoritiesFile = folder.AuthorityFile };
        using var pair = TlsPair.Of(folder.Server(), client);
        using var finished = new SemaphoreSlim(0);
        var step = new HandshakeStep(pair.Server.Session, _ => finished.Release());
        pair.Client.Take([]);
        while (step.Status == TlsStatus.WantMore)
        {
            step.CipherIn.Write(TlsSessionTests.TakeAll(pair.Client.Sent));
            Assert.True(workers.TryRun(step, out _));
            Assert.True(finished.Wait(s_patience));
            Assert.Null(step.Fault);
            pair.Client.Take(TlsSessionTests.TakeAll(step.CipherOut));
            // What a client sends along with its last flight is left over for the loop to read.
            if (pair.Client.Session.IsEstablished && pair.Client.Sent.Length > 0)
                pair.Client.Session.Encrypt("start"u8, pair.Client.Sent);
        }

        Assert.Equal(TlsStatus.Ok, step.Status);
        pair.Server.Take(step.CipherIn.Written);
        Assert.Equal("start"u8.ToArray(), pair.Server.Received);
    }

    [Fact]
    public void A_failed_handshake_says_so()
    {
        using var folder = new CertificateFolder();
        using var workers = new CpuWorkers(threadCount: 1);
        using var context = TlsPair.ServerContext(folder.Server());
        using var session = context.NewServerSession();
        using var finished = new ManualResetEventSlim();
        var step = new HandshakeStep(session, _ => finished.Set());
        step.CipherIn.Write("GET / HTTP/1.1\r\n"u8);
        Assert.True(workers.TryRun(step, out _));

        Assert.True(finished.Wait(s_patience));
        Assert.Equal(TlsStatus.Failed, step.Status);
        Assert.Equal("http request", session.FailureReason);
    }

    private sealed class Work(Action action) : ICpuWork
    {
        public ManualResetEventSlim Begun { get; } = new();

        public ManualResetEventSlim Done { get; } = new();

        public Exception? Fault { get; private set; }

        public void Run()
        {
            Begun.Set();
            action();
        }

        public void Finished(Exception? fault)
        {
            Fault = fault;
            Done.Set();
        }
    }
}
