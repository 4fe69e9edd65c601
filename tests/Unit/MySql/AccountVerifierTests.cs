using System.Text;
using Sento.MySql.SignIn;
using Xunit;

namespace Sento.Tests.Unit.MySql;

public sealed class AccountVerifierTests
{
    /// <summary>As crypt(3) makes them.</summary>
    [Theory]
    [InlineData("Hello world!", "saltstring", 5000, "5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5")]
    [InlineData("Hello world!", "saltstringsaltst", 10000, "3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA")]
    [InlineData("we have a short salt string but not a short password", "short", 77777,
        "JiO1O3ZpDAxGJeaDIuqCoEFysAe1mZNJRs3pw0KQRd/")]
    public void Digests_are_those_of_crypt(string password, string salt, int rounds, string digest) =>
        Assert.Equal(digest, ShaCrypt.Digest(
            Encoding.UTF8.GetBytes(password), Encoding.UTF8.GetBytes(salt), rounds));

    [Theory]
    [InlineData("mysql_native_password", "*14E65567ABDB5135D0CFD9A70B3032C179A49EE7", true)]
    [InlineData("mysql_native_password", "*14E65567ABDB5135D0CFD9A70B3032C179A49EE", false)]
    [InlineData("mysql_native_password", "*14E65567ABDB5135D0CFD9A70B3032C179A49EEZ", false)]
    [InlineData("mysql_native_password", "invalid", false)]
    [InlineData("mysql_native_password", "", false)]
    [InlineData("caching_sha2_password", "", false)]
    [InlineData("caching_sha2_password", "$A$000$01234567890123456789"
        + "0123456789012345678901234567890123456789012", false)]
    [InlineData("caching_sha2_password", "$A$FFF$01234567890123456789"
        + "0123456789012345678901234567890123456789012", false)]
    [InlineData("caching_sha2_password", "$A$005$01234567890123456789"
        + "0123456789012345678901234567890123456789012", true)]
    [InlineData("ed25519", "4LH+dBF+G5W2CKTyId8xR3SyDqZoQjUNUVNxx8aWbG4", false)]
    public void What_is_no_verifier_is_not_read(string plugin, string text, bool isRead) =>
        Assert.Equal(isRead, AccountVerifier.TryRead(plugin, text, out _));

    [Fact]
    public void A_proof_by_SHA1_shows_what_opens_a_server_connection()
    {
        // Of the password "secret".
        AccountVerifier.TryRead(
            "mysql_native_password", "*14E65567ABDB5135D0CFD9A70B3032C179A49EE7", out var verifier);
        Assert.True(verifier!.IsPassword("secret"u8));
        var (salt, other) = (PasswordProof.NewSalt(), PasswordProof.NewSalt());
        var once = PasswordProof.NativeOnce(
            PasswordProof.Native("secret"u8, salt), salt, verifier.NativeTwice);
        Assert.Equal(
            PasswordProof.Native("secret"u8, other), PasswordSecret.OfNative(once).NativeProof(other));
        Assert.Null(PasswordProof.NativeOnce(
            PasswordProof.Native("wrong"u8, salt), salt, verifier.NativeTwice));
    }

    [Theory]
    [InlineData("mysql_native_password")]
    [InlineData("caching_sha2_password")]
    public void A_decoy_is_nobodys(string plugin)
    {
        var decoy = AccountVerifier.Decoy(plugin);
        Assert.Equal((plugin, true), (decoy.Plugin, decoy.IsDecoy));
        Assert.False(decoy.IsPassword("secret"u8));
        Assert.False(decoy.IsPassword(""u8));
    }
}
