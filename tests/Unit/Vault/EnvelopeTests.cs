using System.Security.Cryptography;
using System.Text;
using Sento.Vault;
using Sento.Vault.Keys;
using Xunit;

namespace Sento.Tests.Unit.Vault;

public sealed class EnvelopeTests
{
    private static KeyRing Ring(params string[] ids) => KeyRing.Parse(
        string.Join('\n',
            ids.Select(id => $"{id} {Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(id)))}")),
        "ring");

    [Fact]
    public void What_was_sealed_opens_under_its_own_name_only()
    {
        using var ring = Ring("k1");
        var envelope = Envelope.Seal(ring, "value\0a\0v1", "text"u8);

        using var plain = Envelope.Open(ring, "value\0a\0v1", envelope);

        Assert.True(plain.Span.SequenceEqual("text"u8));
        Assert.Throws<VaultFault>(() => Envelope.Open(ring, "value\0b\0v1", envelope));
        Assert.Throws<VaultFault>(() => Envelope.Open(ring, "value\0a\0v2", envelope));
    }

    [Fact]
    public void Every_flipped_bit_is_noticed()
    {
        using var ring = Ring("k1");
        var envelope = Envelope.Seal(ring, "name", "text"u8);
        for (var bit = 0; bit < envelope.Length * 8; bit++)
        {
            var broken = envelope.ToArray();
            broken[bit / 8] ^= (byte)(1 << (bit % 8));

            Assert.Throws<VaultFault>(() => Envelope.Open(ring, "name", broken));
        }
    }

    [Fact]
    public void Every_shorter_one_is_noticed()
    {
        using var ring = Ring("k1");
        var envelope = Envelope.Seal(ring, "name", "text"u8);
        for (var length = 0; length < envelope.Length; length++)
            Assert.Throws<VaultFault>(() => Envelope.Open(ring, "name", envelope.AsSpan(0, length)));
    }

    [Fact]
    public void Another_ring_does_not_open_it_and_says_which_key_is_missing()
    {
        using var ring = Ring("k1");
        using var other = Ring("k2");
        var envelope = Envelope.Seal(ring, "name", "text"u8);

        var fault = Assert.Throws<VaultFault>(() => Envelope.Open(other, "name", envelope));

        Assert.Contains("\"k1\"", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rewrapped_opens_with_the_new_key_alone()
    {
        using var old = Ring("k1");
        using var both = Ring("k1", "k2");
        using var young = Ring("k2");
        var envelope = Envelope.Seal(old, "name", "text"u8);

        var rewrapped = Envelope.Rewrap(both, "name", envelope);

        using var plain = Envelope.Open(young, "name", rewrapped);
        Assert.True(plain.Span.SequenceEqual("text"u8));
        Assert.Null(Envelope.Rewrap(both, "name", rewrapped));
    }

    [Fact]
    public void Equal_texts_look_different()
    {
        using var ring = Ring("k1");

        Assert.NotEqual(Envelope.Seal(ring, "name", "text"u8), Envelope.Seal(ring, "name", "text"u8));
    }
}
