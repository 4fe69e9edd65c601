using System.Collections.Concurrent;
using Sento.Host.Vaults;
using Sento.Tests.Support;
using Sento.Vault.Auditing;
using Xunit;

namespace Sento.Tests.Unit.Host;

public sealed class SignInBookTests
{
    [Fact]
    public void Flood_of_refusals_is_counted_and_whoever_is_let_in_stands_there_one_by_one()
    {
        var written = new List<AuditEntry>();
        var book = new SignInBook(entry =>
        {
            lock (written)
                written.Add(entry);
        });
        for (var i = 0; i < 5000; i++)
        {
            book.Add(Entry("PasswordWrong"));
            if (i % 10 == 0)
                book.Add(Entry(AuditEntry.Done));
        }
        book.Dispose();

        Assert.Equal(500, written.Count(entry => entry.Outcome == AuditEntry.Done));
        var refusals = written.Count(entry => entry.Outcome == "PasswordWrong");
        // The loop above may see more than one second begin.
        Assert.InRange(refusals, RefusalBound.PerSecondMax, 2500);
        var left = written.Where(entry => entry.Outcome.EndsWith("one by one", StringComparison.Ordinal))
            .Sum(entry => int.Parse(entry.Outcome.Split(' ')[0], null));
        Assert.Equal(5000, refusals + left);
    }

    [Fact]
    public async Task Count_of_a_flood_is_written_though_nobody_comes_after_it()
    {
        var written = new ConcurrentQueue<AuditEntry>();
        using var book = new SignInBook(written.Enqueue);
        for (var i = 0; i < 5000; i++)
            book.Add(Entry("PasswordWrong"));

        await Eventually.Holds(() => written.Sum(entry =>
            entry.Outcome == "PasswordWrong" ? 1 : int.Parse(entry.Outcome.Split(' ')[0], null)) == 5000);
    }

    private static AuditEntry Entry(string outcome) => new()
    {
        Principal = "unknown",
        Operation = "SignIn",
        Outcome = outcome,
    };
}
