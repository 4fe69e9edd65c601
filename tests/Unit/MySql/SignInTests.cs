using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Sento.Base;
using Sento.MySql.SignIn;
using Sento.MySql.Wire;
using Xunit;

namespace Sento.Tests.Unit.MySql;

/// <summary>Our client's side and our server's side, byte by byte against each other.</summary>
public sealed class SignInTests
{
    private static readonly RsaKeyPair Key = new();

    [Theory]
    [InlineData("mysql_native_password", "secret", true)]
    [InlineData("mysql_native_password", "wrong", false)]
    [InlineData("caching_sha2_password", "secret", true)]
    [InlineData("caching_sha2_password", "wrong", false)]
    [InlineData("client_ed25519", "secret", true)]
    [InlineData("client_ed25519", "wrong", false)]
    public void Each_plugin_lets_in_who_knows_the_password(string plugin, string password, bool isIn)
    {
        foreach (var greeted in (string[])["mysql_native_password", "caching_sha2_password"])
            Assert.Equal(isIn, Talk(plugin, greeted, password, Secret("secret"), isPrivate: false));
    }

    [Theory]
    [InlineData("mysql_native_password")]
    [InlineData("caching_sha2_password")]
    [InlineData("client_ed25519")]
    public void While_a_password_changes_each_that_still_counts_lets_in(string plugin)
    {
        foreach (var isPrivate in (bool[])[false, true])
        {
            foreach (var password in (string[])["newest", "before", "oldest"])
                Assert.True(
                    Talk(plugin, "caching_sha2_password", password, Overlapping, isPrivate), password);
            Assert.False(Talk(plugin, "caching_sha2_password", "older", Overlapping, isPrivate));
        }
    }

    [Theory]
    [InlineData("mysql_native_password", 20)]
    [InlineData("client_ed25519", 21)]
    [InlineData("parsec", 21)]
    public void What_a_server_has_thought_up_may_end_with_any_byte(string plugin, int length)
    {
        byte[] packet = [0xfe, .. Encoding.ASCII.GetBytes(plugin), 0, .. Enumerable.Repeat((byte)7, 20), 0];
        Assert.Equal(length, SignInPacket.ReadSwitch(packet).Salt.Length);
    }

    [Fact]
    public void Parsec_is_proved_by_whoever_has_the_password_and_by_nobody_else()
    {
        var terms = ParsecProof.TermsOf(RandomNumberGenerator.GetBytes(ParsecProof.SaltBytes));
        var nonce = RandomNumberGenerator.GetBytes(ParsecProof.NonceBytes);
        var proof = ParsecProof.Of("secret"u8, terms, nonce);
        Assert.True(ParsecProof.IsValid(proof, nonce, ParsecProof.PublicKeyOf("secret"u8, terms)));
        Assert.False(ParsecProof.IsValid(proof, nonce, ParsecProof.PublicKeyOf("other"u8, terms)));
        Assert.False(ParsecProof.IsValid(proof, new byte[32], ParsecProof.PublicKeyOf("secret"u8, terms)));
        Assert.False(ParsecProof.IsValid(proof.AsSpan(1), nonce, ParsecProof.PublicKeyOf("secret"u8, terms)));
        Assert.True(ParsecProof.AreTerms(terms));
        foreach (var other in new byte[][] { [], terms[1..], [.. terms, 0], [(byte)'P', 21, .. terms[2..]] })
            Assert.False(ParsecProof.AreTerms(other));
    }

    [Fact]
    public void Over_TLS_the_whole_password_is_compared_when_the_fast_proof_is_wrong() =>
        Assert.False(Talk("caching_sha2_password", "caching_sha2_password", "wrong", Secret("secret"), true));

    [Theory]
    [InlineData("mysql_native_password")]
    [InlineData("caching_sha2_password")]
    [InlineData("client_ed25519")]
    public void Nobody_is_let_in_whom_no_secret_names(string plugin) =>
        Assert.False(Talk(plugin, plugin == "client_ed25519" ? "mysql_native_password" : plugin, "secret",
            null, false));

    [Fact]
    public void A_password_in_clear_text_is_taken_only_where_nobody_can_listen()
    {
        Assert.True(Talk("mysql_clear_password", "mysql_native_password", "secret", Secret("secret"), true));
        Assert.Equal("caching_sha2_password", AskedBy("mysql_clear_password", CapabilitySets.Always));
    }

    [Fact]
    public void A_client_that_can_not_change_its_proof_hears_that_it_is_too_old()
    {
        // It never says which plugin it has: it is the oldest, where the user's is another.
        Assert.Equal(nameof(SignInRefusal.OldClient),
            AskedBy("", CapabilitySets.Always & ~Capabilities.PluginAuth, "caching_sha2_password"));
        Assert.Equal("mysql_native_password",
            AskedBy("dialog", CapabilitySets.Always, "mysql_native_password"));
        Assert.Equal("caching_sha2_password", AskedBy("dialog", CapabilitySets.Always));
    }

    [Theory]
    [InlineData("mysql_native_password")]
    [InlineData("caching_sha2_password")]
    [InlineData("mysql_clear_password")]
    public void Who_has_no_password_shows_none(string plugin)
    {
        ImmutableArray<PasswordSecret> changing = [Secret("new"), PasswordSecret.Empty];
        foreach (var secrets in (ImmutableArray<PasswordSecret>[])[[PasswordSecret.Empty], changing])
        {
            Assert.True(Talk(plugin, "caching_sha2_password", "", secrets, isPrivate: true));
            Assert.False(Talk(plugin, "caching_sha2_password", "x", secrets, isPrivate: true));
        }
        Assert.True(Talk(plugin, "caching_sha2_password", "new", changing, isPrivate: true));
        Assert.False(Talk(plugin, "caching_sha2_password", "", Secret("secret"), isPrivate: true));
        Assert.False(Talk(plugin, "caching_sha2_password", "", null, isPrivate: true));
    }

    /// <summary>
    /// RFC 8032, Test Vectors for Ed25519, 1 and 2: there the password is a seed of 32 bytes.
    /// </summary>
    [Theory]
    [InlineData("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        + "d25bf5f0595bbe24655141438e7a100b")]
    [InlineData("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        + "387b2eaeb4302aeeb00d291612bb0c00")]
    public void Signatures_are_those_of_the_specification(string seed, string key, string message,
        string signature)
    {
        var secret = Convert.FromHexString(seed);
        var text = Convert.FromHexString(message);
        var publicKey = Ed25519Signature.PublicKeyOf(secret);

        Assert.Equal(key, Convert.ToHexStringLower(publicKey.Encode()));
        Assert.Equal(signature, Convert.ToHexStringLower(Ed25519Signature.Sign(secret, text)));
        Assert.True(Ed25519Signature.IsValid(Convert.FromHexString(signature), text, publicKey));
        var broken = Convert.FromHexString(signature);
        broken[40] ^= 1;
        Assert.False(Ed25519Signature.IsValid(broken, text, publicKey));
    }

    [Fact]
    public void A_salt_holds_neither_a_zero_nor_a_dollar_sign()
    {
        for (var i = 0; i < 1000; i++)
            Assert.DoesNotContain(PasswordProof.NewSalt(), b => b is 0 or (byte)'$' or > 0x7f);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_was_made_for_one_sign_in_is_wiped_after_it(bool isOwned)
    {
        var secret = Secret("secret");
        new ServerSignIn(new ServerSignInTerms
        {
            User = "app",
            Database = "",
            Secret = secret,
            OwnsSecret = isOwned,
            Capabilities = CapabilitySets.Always,
            MariaDb = MariaDbCapabilities.None,
            WantsTls = true,
            NeedsTls = true,
            IsUnix = false,
        }).Dispose();

        Assert.Equal(isOwned, secret.Password.IndexOfAnyExcept((byte)0) < 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_a_client_has_proved_is_wiped_unless_it_is_taken(bool isTaken)
    {
        AccountVerifier.TryRead(
            AuthPlugin.Native, "*14E65567ABDB5135D0CFD9A70B3032C179A49EE7", out var account);
        var signIn = new ClientSignIn(
            Terms(AuthPlugin.Clear, "caching_sha2_password", PasswordProof.NewSalt()) with
            {
                Account = account,
                Secrets = [],
                IsPrivate = true,
            });
        signIn.Begin(new ByteBuffer(256));
        var packet = new ByteBuffer(32);
        SignInPacket.Write(packet, signIn.Sequence, "secret\0"u8);
        Assert.Equal(SignInStatus.NeedsWork, signIn.Feed(packet.Written, new ByteBuffer(256)).Status);
        signIn.RunWork();
        Assert.Equal(SignInStatus.Done, signIn.Resume().Status);

        var proven = isTaken ? signIn.TakeProven() : null;
        signIn.Dispose();

        if (isTaken)
            Assert.Equal("secret"u8, proven!.Password);
        else
            Assert.Equal(new byte[6], signIn.TakeProven()!.Password);
    }

    private static ImmutableArray<PasswordSecret> Overlapping =>
        [Secret("newest"), Secret("before"), Secret("oldest")];

    private static PasswordSecret Secret(string password) => new(Encoding.UTF8.GetBytes(password));

    private static bool Talk(string plugin, string greeted, string password, PasswordSecret? secret,
        bool isPrivate) => Talk(plugin, greeted, password, secret is null ? [] : [secret], isPrivate);

    /// <summary>Answers as a program's driver does that was told to use this plugin.</summary>
    private static bool Talk(
        string plugin, string greeted, string password, ImmutableArray<PasswordSecret> secrets,
        bool isPrivate)
    {
        var bytes = Encoding.UTF8.GetBytes(password);
        var salt = PasswordProof.NewSalt();
        var signIn = new ClientSignIn(Terms(plugin, greeted, salt) with
        {
            Response = Response(plugin) with { Proof = plugin == greeted ? Proof(plugin, bytes, salt) : [] },
            Secrets = secrets,
            IsPrivate = isPrivate,
        });
        var output = new ByteBuffer(512);
        var step = signIn.Begin(output);
        for (var rounds = 0; rounds < 10; rounds++)
        {
            switch (step.Status)
            {
                case SignInStatus.Done:
                    return true;
                case SignInStatus.Failed:
                    return false;
                case SignInStatus.NeedsWork:
                    signIn.RunWork();
                    step = signIn.Resume();
                    continue;
            }
            var asked = output.Written[PacketHeader.Bytes..].ToArray();
            output.Clear();
            byte[] answer;
            if (asked[0] == Reply.Eof)
            {
                var (wanted, nonce) = SignInPacket.ReadSwitch(asked);
                Assert.Equal(plugin, wanted);
                (salt, answer) = (nonce, Proof(plugin, bytes, nonce));
            }
            else
            {
                answer = asked is [Reply.MoreData, 4] ? (isPrivate ? [.. bytes, 0] : [2]) : Encrypt(asked,
                    bytes, salt);
            }
            var packet = new ByteBuffer(512);
            SignInPacket.Write(packet, signIn.Sequence, answer);
            step = signIn.Feed(packet.Written, output);
            Assert.Equal(packet.Length, step.Consumed);
        }
        throw new InvalidOperationException("The sign-in does not end.");
    }

    /// <summary>
    /// The plugin that a client is asked for which has named this one, or why it is not.
    /// </summary>
    private static string AskedBy(string named, Capabilities capabilities, string? demanded = null)
    {
        var signIn = new ClientSignIn(Terms(named, "dialog", PasswordProof.NewSalt()) with
        {
            Response = Response(named) with { Capabilities = capabilities },
            Secrets = [Secret("secret")],
            Plugin = demanded,
        });
        var output = new ByteBuffer(512);
        return signIn.Begin(output).Status == SignInStatus.Failed ? signIn.Refusal.ToString()
            : SignInPacket.ReadSwitch(output.Written[PacketHeader.Bytes..]).Plugin;
    }

    private static ClientSignInTerms Terms(string plugin, string greeted, byte[] salt) => new()
    {
        Response = Response(plugin),
        GreetingPlugin = greeted,
        GreetingSalt = salt,
        Decoy = PasswordSecret.Unknown(),
        Key = Key,
        IsPrivate = false,
        Sequence = 2,
    };

    private static HandshakeResponse Response(string plugin) => new()
    {
        Capabilities = CapabilitySets.Always,
        User = "app",
        Plugin = plugin,
    };

    private static byte[] Encrypt(byte[] asked, byte[] password, byte[] salt)
    {
        using var rsa = System.Security.Cryptography.RSA.Create();
        rsa.ImportFromPem(Encoding.ASCII.GetString(asked[1..]));
        return rsa.Encrypt(
            PasswordProof.Obscure(password, salt),
                System.Security.Cryptography.RSAEncryptionPadding.OaepSHA1);
    }

    private static byte[] Proof(string plugin, byte[] password, byte[] salt) => plugin switch
    {
        "mysql_native_password" => PasswordProof.Native(password, salt),
        "caching_sha2_password" => PasswordProof.CachingSha2(password, salt),
        "client_ed25519" => Ed25519Signature.Sign(password, salt),
        _ => [.. password, 0],
    };
}
