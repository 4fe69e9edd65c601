using Microsoft.Data.Sqlite;
using Sento.Vault;
using Sento.Vault.Keys;
using Xunit;

namespace Sento.Tests.Unit.Vault;

public sealed class SecretVaultTests : IDisposable
{
    private readonly VaultFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_written_is_there_after_opening_again()
    {
        using (var vault = _folder.Create())
            VaultFolder.Add(vault, "prod/db", "p");

        using var again = _folder.Open();

        Assert.Equal("p", VaultFolder.Text(again, again.Find("prod/db")!));
        Assert.Equal(VaultFolder.Account, again.AccountId);
        Assert.Equal(VaultFolder.Region, again.Region);
    }

    [Fact]
    public async Task Reader_beside_a_writer_of_another_process_sees_one_moment_after_the_other()
    {
        const int writes = 300;
        using var writing = _folder.Create();
        var record = VaultFolder.Add(writing, "prod/db", "p");
        using var reading = _folder.Open();

        var writer = Task.Run(() =>
        {
            for (var number = 1; number <= writes; number++)
                writing.Write(w =>
                {
                    w.Put(record with { Description = $"{number}" });
                    return 0;
                });
        }, TestContext.Current.CancellationToken);
        var seen = 0;
        while (!writer.IsCompleted)
        {
            var number = int.Parse(
                reading.Find("prod/db")!.Description ?? "0",
                System.Globalization.CultureInfo.InvariantCulture);
            Assert.InRange(number, seen, writes);
            seen = number;
        }
        await writer;

        Assert.Equal($"{writes}", reading.Find("prod/db")!.Description);
    }

    [Fact]
    public void Secret_is_found_by_name_by_ARN_and_by_ARN_without_its_random_end()
    {
        using var vault = _folder.Create();
        var record = VaultFolder.Add(vault, "prod/db", "p");

        Assert.Equal(record.Arn, vault.Find("prod/db")?.Arn);
        Assert.Equal(record.Arn, vault.Find(record.Arn)?.Arn);
        Assert.Equal(record.Arn, vault.Find(record.Arn[..^7])?.Arn);
        Assert.Null(vault.Find(record.Arn[..^6]));
        Assert.Null(vault.Find(record.Arn[..^1] + "?"));
        Assert.Null(vault.Find("prod/d"));
    }

    [Fact]
    public void Nothing_of_a_write_that_throws_remains()
    {
        using var vault = _folder.Create();
        var record = VaultFolder.Add(vault, "a", "p");

        Assert.Throws<InvalidOperationException>(() => vault.Write<int>(writer =>
        {
            writer.Put(record with { Description = "other" });
            writer.RemoveValue(record.Arn, "v1");
            throw new InvalidOperationException("stop");
        }));

        Assert.Null(vault.Find("a")!.Description);
        Assert.Equal("p", VaultFolder.Text(vault, vault.Find("a")!));
    }

    [Fact]
    public void Another_process_sees_what_this_one_writes()
    {
        using var one = _folder.Create();
        using var two = _folder.Open();
        var before = two.Revision;

        VaultFolder.Add(one, "a", "p");

        Assert.NotEqual(before, two.Revision);
        Assert.Equal("p", VaultFolder.Text(two, two.Find("a")!));
        VaultFolder.Add(two, "b", "q");
        Assert.Equal(2, one.All.Length);
    }

    [Fact]
    public void Keys_rotate_while_another_process_reads_and_writes()
    {
        using var one = _folder.Create();
        using var two = _folder.Open();
        for (var i = 0; i < 300; i++)
            VaultFolder.Add(one, $"s{i}", $"p{i}");
        Assert.Equal(300, two.All.Length);
        var oldRing = File.ReadAllText(_folder.RingFile);

        var count = one.RotateKey(DateTimeOffset.UtcNow);
        VaultFolder.Add(two, "new", "n");

        Assert.True(count >= 600);
        Assert.Equal("p17", VaultFolder.Text(two, two.Find("s17")!));
        using var again = _folder.Open();
        Assert.Equal("n", VaultFolder.Text(again, again.Find("new")!));
        var id = oldRing.Split(' ')[0];
        Assert.DoesNotContain(id, File.ReadAllText(_folder.RingFile), StringComparison.Ordinal);
    }

    [Fact]
    public void File_without_its_key_ring_tells_nothing()
    {
        using (var vault = _folder.Create())
            VaultFolder.Add(vault, "a", "the password itself");
        File.Delete(_folder.RingFile);

        Assert.Throws<VaultFault>(_folder.Open);
        _folder.Ring.AddKey(DateTimeOffset.UtcNow);
        Assert.Throws<VaultFault>(_folder.Open);
        Assert.DoesNotContain("password", File.ReadAllText(_folder.File), StringComparison.Ordinal);
    }

    [Fact]
    public void Values_of_two_secrets_can_not_be_swapped()
    {
        using (var vault = _folder.Create())
        {
            VaultFolder.Add(vault, "a", "pa");
            VaultFolder.Add(vault, "b", "pb");
        }
        Sql("UPDATE version SET sealed = (SELECT v.sealed FROM version v WHERE v.arn <> version.arn)");

        using var again = _folder.Open();

        Assert.Throws<VaultFault>(() => VaultFolder.Text(again, again.Find("a")!));
    }

    [Theory]
    [InlineData("UPDATE secret SET name = 'c' WHERE name = 'a'")]
    [InlineData("DELETE FROM secret WHERE name = 'a'")]
    [InlineData("UPDATE document SET sealed = (SELECT sealed FROM document WHERE name = 'identity')")]
    [InlineData("DELETE FROM document WHERE name = 'manifest'")]
    [InlineData("UPDATE secret SET sealed = (SELECT s.sealed FROM secret s WHERE s.arn <> secret.arn)")]
    public void Rows_changed_by_anybody_else_are_noticed_at_once(string sql)
    {
        using (var vault = _folder.Create())
        {
            VaultFolder.Add(vault, "a", "pa");
            VaultFolder.Add(vault, "b", "pb");
        }
        Sql(sql);

        Assert.Throws<VaultFault>(_folder.Open);
    }

    [Fact]
    public void Row_put_back_from_an_older_copy_is_noticed()
    {
        using (var vault = _folder.Create())
            VaultFolder.Add(vault, "a", "pa");
        var older = (byte[])Sql("SELECT sealed FROM secret")!;
        using (var vault = _folder.Open())
            vault.Write(writer =>
            {
                writer.Put(vault.Find("a")! with { Description = "newer" });
                return 0;
            });
        Sql("UPDATE secret SET sealed = $old", older);

        Assert.Throws<VaultFault>(_folder.Open);
    }

    [Fact]
    public void Flipped_bits_anywhere_in_the_file_never_give_a_wrong_answer()
    {
        using (var vault = _folder.Create())
        {
            for (var i = 0; i < 20; i++)
                VaultFolder.Add(vault, $"s{i}", $"the value of {i}");
        }
        var good = File.ReadAllBytes(_folder.File);
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var refused = 0;
        for (var round = 0; round < 400; round++)
        {
            var broken = good.ToArray();
            broken[random.Next(broken.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(_folder.File, broken);
            refused += AnswersTruthfully() ? 0 : 1;
        }
        Assert.True(refused > 100, $"only {refused} of 400 were noticed");
    }

    [Fact]
    public void Backup_is_taken_and_restored_while_the_vault_is_used()
    {
        using var vault = _folder.Create();
        VaultFolder.Add(vault, "a", "pa");
        var backup = _folder.At("backup.db");
        vault.BackUp(backup);
        VaultFolder.Add(vault, "b", "pb");

        SecretVault.Restore(backup, _folder.Folder, _folder.Ring);

        Assert.Null(vault.Find("b"));
        Assert.Equal("pa", VaultFolder.Text(vault, vault.Find("a")!));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(backup));
    }

    [Fact]
    public void Backup_of_another_vault_is_not_restored()
    {
        using var other = new VaultFolder();
        using var vault = _folder.Create();
        VaultFolder.Add(vault, "a", "pa");
        using (var stranger = other.Create())
            stranger.BackUp(_folder.At("stranger.db"));

        Assert.Throws<VaultFault>(
            () => SecretVault.Restore(_folder.At("stranger.db"), _folder.Folder, _folder.Ring));

        Assert.Equal("pa", VaultFolder.Text(vault, vault.Find("a")!));
    }

    /// <summary>False: the damage was noticed. A wrong value fails the test.</summary>
    private bool AnswersTruthfully()
    {
        try
        {
            using var vault = _folder.Open();
            for (var i = 0; i < 20; i++)
            {
                var record = vault.Find($"s{i}");
                Assert.NotNull(record);
                Assert.Equal($"the value of {i}", VaultFolder.Text(vault, record));
            }
            return true;
        }
        catch (VaultFault)
        {
            return false;
        }
    }

    private object? Sql(string sql, byte[]? old = null)
    {
        using var connection = new SqliteConnection($"Data Source={_folder.File};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        if (old is not null)
            command.Parameters.AddWithValue("$old", old);
        return command.ExecuteScalar();
    }
}
