using Sento.Vault;
using Sento.Vault.Keys;
using Xunit;

namespace Sento.Tests.Unit.Vault;

public sealed class KeyRingTests
{
    private const string Key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    private const string OtherKey = "HwECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    [Fact]
    public void Last_line_is_the_current_key()
    {
        using var ring = KeyRing.Parse($"# old\nk1 {Key}\n\nk2 {OtherKey}\n", "ring");

        Assert.Equal("k2", ring.CurrentId);
        Assert.Equal(["k1", "k2"], ring.Ids);
    }

    [Theory]
    [InlineData("")]
    [InlineData("k1")]
    [InlineData("k1 short")]
    [InlineData("k/1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")]
    [InlineData("k1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==")]
    [InlineData("k1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8= more")]
    public void Text_that_is_no_ring_is_refused_without_being_shown(string text)
    {
        var fault = Assert.Throws<VaultFault>(() => KeyRing.Parse(text, "the ring"));

        Assert.Contains("the ring", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("AAEC", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Same_id_twice_is_refused() =>
        Assert.Throws<VaultFault>(() => KeyRing.Parse($"k1 {Key}\nk1 {OtherKey}", "ring"));

    [Fact]
    public void File_that_others_may_read_is_refused()
    {
        using var folder = new VaultFolder();
        folder.Ring.AddKey(DateTimeOffset.UnixEpoch);
        folder.Ring.Load().Dispose();
        File.SetUnixFileMode(folder.RingFile, UnixFileMode.UserRead | UnixFileMode.GroupRead);

        var fault = Assert.Throws<VaultFault>(() => folder.Ring.Load());

        Assert.Contains("chmod 600", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Command_prints_the_ring()
    {
        Assert.True(KeyRingSource.TryParse($"command:echo k9 {Key}", out var source));

        using var ring = source.Load();

        Assert.Equal("k9", ring.CurrentId);
    }

    [Fact]
    public void Command_that_fails_is_no_ring_and_is_not_shown()
    {
        Assert.True(KeyRingSource.TryParse($"command:echo k9 {Key}; exit 3", out var source));

        var fault = Assert.Throws<VaultFault>(source.Load);

        Assert.DoesNotContain("AAEC", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("file:")]
    [InlineData("keys")]
    [InlineData("vault:keys")]
    public void Source_of_another_kind_is_refused(string text) => Assert.NotNull(KeyRingSource.Check(text));
}
