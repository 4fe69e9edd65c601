using Sento.Base;
using Sento.Host.Vaults;
using Sento.Model;
using Sento.Tests.Support;
using Sento.Tests.Unit.Model;
using Xunit;

namespace Sento.Tests.Unit.Host;

/// <summary>A source that fails in a way that nobody has thought of costs its own secret alone.</summary>
public sealed class SecretPageTests
{
    private const string Quoted = "hunter2 is no number";

    private readonly List<string> _told = [];

    [Fact]
    public void Whatever_a_reading_throws_leaves_the_last_good_value_and_is_told_once_without_its_words()
    {
        var page = new SecretPage("app", _told.Add);
        var reader = new Reader();
        Read(page, reader);
        reader.Fault = new InvalidOperationException(Quoted);

        Read(page, reader);
        Read(page, reader);

        Assert.Equal("app", page.LastGood!.UserName);
        Assert.Equal(
            ["Secret \"app\" can't be read: InvalidOperationException. The last good value stays in force."],
            _told);
        reader.Fault = null;
        Read(page, reader);
        Assert.Equal("Secret \"app\" can be read again.", _told[^1]);
    }

    [Fact]
    public async Task What_a_renewal_throws_ends_neither_the_process_nor_the_renewals()
    {
        using var book = new SecretBook(null, Tell);
        var auth = Snapshots.Auth("env:SENTO_NO_SUCH_VARIABLE", "app");
        book.Resolve(Snapshots.With(proxy => proxy with
        {
            Auth = [auth with { Secret = auth.Secret with { IsExternal = true } }],
        }));
        var renewals = 0;

        book.Watch(() =>
        {
            Interlocked.Increment(ref renewals);
            throw new InvalidOperationException(Quoted);
        });

        await Eventually.Holds(() => Volatile.Read(ref renewals) >= 2);
        lock (_told)
        {
            Assert.Contains("Secrets stay as they were: InvalidOperationException", _told);
            Assert.DoesNotContain(
                _told, line => line.Contains("hunter2", StringComparison.Ordinal));
        }
    }

    private static void Read(SecretPage page, Reader reader)
    {
        page.Begin(reader, "app", DateTimeOffset.UtcNow);
        page.Take(DateTimeOffset.UtcNow, TimeSpan.Zero, knowsFormer: false);
    }

    private void Tell(string text)
    {
        lock (_told)
            _told.Add(text);
    }

    private sealed class Reader : ISecretReader
    {
        public Exception? Fault { get; set; }

        public Task<SecretConfig> ReadAsync(
            string id, string name, DateTimeOffset now, CancellationToken cancellation) => Fault is null
            ? Task.FromResult(new SecretConfig(name, "app", SecretBytes.FromText("x")) { IsExternal = true })
            : Task.FromException<SecretConfig>(Fault);
    }
}
