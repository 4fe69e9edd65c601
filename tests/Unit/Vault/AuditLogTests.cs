using Sento.Vault.Auditing;
using Xunit;

namespace Sento.Tests.Unit.Vault;

public sealed class AuditLogTests : IDisposable
{
    private readonly VaultFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string LogFile => Path.Combine(_folder.Folder, AuditLog.FileName);

    [Fact]
    public void Log_of_several_runs_is_one_chain()
    {
        Write(3);
        Write(4);

        Assert.Null(Verify(out var count));
        Assert.Equal(7, count);
        Assert.Equal(
            Enumerable.Range(1, 7).Select(i => (long)i), AuditLog.Read(LogFile).Select(e => e.Number));
    }

    [Fact]
    public void Every_changed_character_shows()
    {
        Write(3);
        var good = File.ReadAllText(LogFile);
        for (var i = 0; i < good.Length; i++)
        {
            File.WriteAllText(
                LogFile, string.Concat(good.AsSpan(0, i), good[i] == 'x' ? "y" : "x", good.AsSpan(i + 1)));

            Assert.True(Verify(out _) is not null, $"character {i} of: {good}");
            File.WriteAllText(LogFile, good);
        }
        Assert.Null(Verify(out _));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4)]
    public void Removed_line_shows(int index)
    {
        Write(5);
        var lines = File.ReadAllLines(LogFile).ToList();
        lines.RemoveAt(index);
        File.WriteAllText(LogFile, string.Concat(lines.Select(line => line + "\n")));

        Assert.NotNull(Verify(out _));
    }

    [Fact]
    public void Removed_log_shows()
    {
        Write(5);
        File.Delete(LogFile);

        Assert.Contains("5 lines were removed", Verify(out _), StringComparison.Ordinal);
    }

    [Fact]
    public void Half_a_line_left_by_a_crash_is_no_damage()
    {
        Write(2);
        File.AppendAllText(LogFile, "{\"n\":3,\"ti");
        Write(1);

        Assert.Null(Verify(out var count));
        Assert.Equal(3, count);
    }

    private void Write(int count)
    {
        using var vault = Sento.Vault.SecretVault.Exists(_folder.Folder) ? _folder.Open() : _folder.Create();
        for (var i = 0; i < count; i++)
        {
            vault.Audit.Append(
                new AuditEntry { Principal = "local:test", Operation = "GetSecretValue", Outcome = "done" },
                isDurable: false);
        }
    }

    private string? Verify(out long count)
    {
        using var vault = _folder.Open();
        return vault.Audit.Verify(out count);
    }
}
