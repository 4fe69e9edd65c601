using System.Text;
using CsCheck;
using Sento.Postgres.SignIn.Scram;
using Xunit;

namespace Sento.Tests.Unit.Postgres.SignIn;

public sealed class ScramServerTests
{
    private const string ClientFirst = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
    private const string Nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    private const string ServerFirst = "r=" + Nonce + ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
    private const string ClientFinal = "c=biws,r=" + Nonce
        + ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
    private const string Garbage = "Garbage found at the end of client-final-message.";
    private const string ServerFinal = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

    private static readonly ScramVerifier Pencil =
        ScramVerifier.FromPassword("pencil"u8, Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ=="));

    private static readonly byte[] Hash = [.. Enumerable.Range(0, 32).Select(index => (byte)index)];

    /// <summary>RFC 7677, SCRAM-SHA-256 and SCRAM-SHA-256-PLUS, the example.</summary>
    [Fact]
    public void The_exchange_of_the_rfc_succeeds()
    {
        var server = Start();
        Assert.Equal(ServerFirst, First(server, ClientFirst));
        Assert.Equal(ServerFinal, Final(server, ClientFinal));
        Assert.Equal(ScramServerStatus.Proved, server.Status);
        Assert.True(Pencil.Matches(server.Keys!));
        Assert.False(server.IsBound);
    }

    [Fact]
    public void The_right_proof_against_a_mock_fails()
    {
        var server = ScramServer.Doomed(Pencil, []);
        Assert.True(server.TrySelect("SCRAM-SHA-256"u8));
        var keys = ScramKeys.Derive("pencil"u8, Pencil.Salt, 4096);
        var client = new ScramClient(ScramSecret.Of(keys, Pencil), [], false);
        Assert.True(server.TakeFirst(client.First(), out var reply));
        Assert.Equal(ScramClientStatus.AwaitsFinal, client.TakeFirst(reply));
        Assert.False(server.TakeFinal(client.Final(), out _));
        Assert.Equal(ScramServerStatus.WrongProof, server.Status);
        Assert.Null(server.Keys);
    }

    [Fact]
    public void A_wrong_proof_fails_without_an_error_of_its_own()
    {
        var server = Start();
        First(server, ClientFirst);
        Assert.Null(Final(server, ClientFinal.Replace("p=dH", "p=eH", StringComparison.Ordinal)));
        Assert.Equal(ScramServerStatus.WrongProof, server.Status);
        Assert.Null(server.Error);
    }

    [Theory]
    [InlineData("", "The message is empty.")]
    [InlineData("n,,n=,r=a\0", "Message length does not match input length.")]
    [InlineData("x,,n=,r=a", "Unexpected channel-binding flag \"x\".")]
    [InlineData("\u0001,,n=,r=a", "Unexpected channel-binding flag \"0x01\".")]
    [InlineData("n", "Comma expected, but found character \"0x00\".")]
    [InlineData("nn,n=,r=a", "Comma expected, but found character \"n\".")]
    [InlineData("n,", "Unexpected attribute \"0x00\" in client-first-message.")]
    [InlineData("n,x=,n=,r=a", "Unexpected attribute \"x\" in client-first-message.")]
    [InlineData("n,,", "Expected attribute \"n\" but found \"0x00\".")]
    [InlineData("n,,r=a", "Expected attribute \"n\" but found \"r\".")]
    [InlineData("n,,n", "Expected character \"=\" for attribute \"n\".")]
    [InlineData("n,,n=", "Expected attribute \"r\" but found \"0x00\".")]
    [InlineData("n,,n=,x=a", "Expected attribute \"r\" but found \"x\".")]
    [InlineData("n,,n=,r", "Expected character \"=\" for attribute \"r\".")]
    [InlineData("n,,n=,r=a,1=b", "Attribute expected, but found invalid character \"1\".")]
    [InlineData("n,,n=,r=a,b", "Expected character \"=\" for attribute \"b\".")]
    [InlineData("p=tls-server-end-point,,n=,r=a", "The client selected SCRAM-SHA-256 without channel "
        + "binding, but the SCRAM message includes channel binding data.")]
    public void A_malformed_first_message_is_refused_in_postgresql_s_words(string message, string detail)
    {
        var server = Start();
        Assert.Null(First(server, message));
        Assert.Equal(ScramServerStatus.Malformed, server.Status);
        Assert.Equal(("08P01", "malformed SCRAM message", detail), Shown(server));
    }

    [Theory]
    [InlineData("n,a=admin,n=,r=a", "0A000", "client uses authorization identity, but it is not supported")]
    [InlineData("n,,m=x,n=,r=a", "0A000", "client requires an unsupported SCRAM extension")]
    [InlineData("n,,n=,r=a\u0001", "08P01", "non-printable characters in SCRAM nonce")]
    [InlineData("n,,n=,r=a b", "08P01", "non-printable characters in SCRAM nonce")]
    public void What_we_do_not_speak_is_refused(string message, string sqlState, string text)
    {
        var server = Start();
        Assert.Null(First(server, message));
        Assert.Equal((sqlState, text, null), Shown(server));
    }

    [Theory]
    [InlineData("", "malformed SCRAM message", "The message is empty.")]
    [InlineData("c", "malformed SCRAM message", "Expected character \"=\" for attribute \"c\".")]
    [InlineData("c=eSws,r=N,p=P", "unexpected SCRAM channel-binding attribute in client-final-message", null)]
    [InlineData("c=,r=N,p=P", "unexpected SCRAM channel-binding attribute in client-final-message", null)]
    [InlineData("c=biws", "malformed SCRAM message", "Expected attribute \"r\" but found \"0x00\".")]
    [InlineData("c=biws,p=P", "malformed SCRAM message", "Expected attribute \"r\" but found \"p\".")]
    [InlineData("c=biws,r=N", "malformed SCRAM message", "Attribute expected, but found end of string.")]
    [InlineData("c=biws,r=N,", "malformed SCRAM message", "Attribute expected, but found end of string.")]
    [InlineData("c=biws,r=N,x=y", "malformed SCRAM message", "Attribute expected, but found end of string.")]
    [InlineData("c=biws,r=N,p=", "malformed SCRAM message", "Malformed proof in client-final-message.")]
    [InlineData("c=biws,r=N,p=AAAA", "malformed SCRAM message", "Malformed proof in client-final-message.")]
    [InlineData("c=biws,r=N,p= P", "malformed SCRAM message", "Malformed proof in client-final-message.")]
    [InlineData("c=biws,r=N,p=P,", "malformed SCRAM message", Garbage)]
    [InlineData("c=biws,r=N,p=P,x=y", "malformed SCRAM message", Garbage)]
    [InlineData("c=biws,r=Nx,p=P", "invalid SCRAM response", "Nonce does not match.")]
    [InlineData("c=biws,r=,p=P", "invalid SCRAM response", "Nonce does not match.")]
    [InlineData("c=biws,r=rOprNGfwEbeRWgbNEkqO,p=P", "invalid SCRAM response", "Nonce does not match.")]
    public void A_malformed_final_message_is_refused_in_postgresql_s_words( // CVE-2026-19888 class: no nonce
        string message, string text, string? detail)
    {
        var proof = ClientFinal[(ClientFinal.IndexOf(",p=", StringComparison.Ordinal) + 3)..];
        message = message.Replace("r=N", "r=" + Nonce, StringComparison.Ordinal)
            .Replace("P", proof, StringComparison.Ordinal);
        var server = Start();
        First(server, ClientFirst);
        Assert.Null(Final(server, message));
        Assert.Equal(("08P01", text, detail), Shown(server));
    }

    [Fact]
    public void Extensions_before_the_proof_are_signed_and_ignored()
    {
        var keys = ScramKeys.Derive("pencil"u8, Pencil.Salt, 4096);
        var server = Start();
        First(server, ClientFirst + ",x=1");
        const string bare = "c=biws,r=" + Nonce + ",x=y";
        var signed = Encoding.ASCII.GetBytes($"n=user,r=rOprNGfwEbeRWgbNEkqO,x=1,{ServerFirst},{bare}");
        var proof = System.Security.Cryptography.HMACSHA256.HashData(keys.StoredKey, signed);
        for (var index = 0; index < 32; index++)
            proof[index] ^= keys.ClientKey[index];
        Assert.NotNull(Final(server, $"{bare},p={Convert.ToBase64String(proof)}"));
    }

    [Fact]
    public void A_downgrade_of_channel_binding_is_found() // the list was changed on its way to the client
    {
        var server = Start(Hash);
        Assert.Null(First(server, "y,,n=,r=abc"));
        Assert.Equal("28000", server.Error!.SqlState);
        Assert.Equal("SCRAM channel binding negotiation error", server.Error.Message);
    }

    [Fact]
    public void Without_an_offer_y_is_as_good_as_n()
    {
        var server = Start();
        Assert.NotNull(First(server, "y,,n=,r=abc"));
        var other = Start(Hash);
        Assert.NotNull(First(other, "n,,n=,r=abc"));
    }

    [Theory]
    [InlineData("n,,n=,r=a")]
    [InlineData("y,,n=,r=a")]
    public void Plus_without_binding_data_is_refused(string message)
    {
        var server = ScramServer.For(Pencil, Hash);
        Assert.True(server.TrySelect("SCRAM-SHA-256-PLUS"u8));
        Assert.Null(First(server, message));
        Assert.StartsWith("The client selected SCRAM-SHA-256-PLUS, but", server.Error!.Detail);
    }

    [Fact]
    public void Another_type_of_binding_is_refused()
    {
        var server = ScramServer.For(Pencil, Hash);
        server.TrySelect("SCRAM-SHA-256-PLUS"u8);
        Assert.Null(First(server, "p=tls-unique,,n=,r=a"));
        Assert.StartsWith("unsupported SCRAM channel-binding type", server.Error!.Message);
    }

    [Fact]
    public void Plus_binds_to_our_certificate_only()
    {
        byte[] other = [.. Hash];
        other[31] ^= 1;
        Assert.Equal(ScramServerStatus.Proved, Bind(Hash).Status);
        Assert.True(Bind(Hash).IsBound);
        var wrong = Bind(other);
        Assert.Equal(("28000", "SCRAM channel binding check failed", null), Shown(wrong));

        static ScramServer Bind(byte[] seen)
        {
            var server = ScramServer.For(Pencil, Hash);
            Assert.True(server.TrySelect("SCRAM-SHA-256-PLUS"u8));
            var keys = ScramKeys.Derive("pencil"u8, Pencil.Salt, 4096);
            var client = new ScramClient(ScramSecret.Of(keys, Pencil), seen, isPlusOffered: true);
            Assert.Equal("SCRAM-SHA-256-PLUS", client.Mechanism);
            Assert.True(server.TakeFirst(client.First(), out var reply));
            client.TakeFirst(reply);
            server.TakeFinal(client.Final(), out _);
            return server;
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("SCRAM-SHA-1")]
    [InlineData("scram-sha-256")]
    [InlineData("SCRAM-SHA-256-PLUS")]
    [InlineData("SCRAM-SHA-256 ")]
    public void A_mechanism_that_was_not_offered_is_refused(string mechanism)
    {
        var server = ScramServer.For(Pencil, []);
        Assert.False(server.TrySelect(Encoding.ASCII.GetBytes(mechanism)));
        Assert.Equal("client selected an invalid SASL authentication mechanism", server.Error!.Message);
    }

    [Fact]
    public void Mutated_messages_never_prove_anything() =>
        Gen.Select(Gen.Bool, Gen.Int[0, 200], Gen.Byte, Gen.Int[0, 3]).Sample((inFirst, at, letter, kind) =>
        {
            var text = Encoding.ASCII.GetBytes(inFirst ? ClientFirst : ClientFinal);
            var mutated = Mutation.Of(text, at, letter, kind);
            var server = Start();
            var first = inFirst ? mutated : Encoding.ASCII.GetBytes(ClientFirst);
            if (!server.TakeFirst(first, out _))
                return;
            var isProved = server.TakeFinal(inFirst ? Encoding.ASCII.GetBytes(ClientFinal) : mutated, out _);
            Assert.Equal(mutated.AsSpan().SequenceEqual(text), isProved);
        });

    private static ScramServer Start(byte[]? hash = null)
    {
        var server = ScramServer.For(Pencil, hash ?? [], "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");
        Assert.True(server.TrySelect("SCRAM-SHA-256"u8));
        return server;
    }

    private static string? First(ScramServer server, string message) =>
        server.TakeFirst(Encoding.Latin1.GetBytes(message), out var reply)
            ? Encoding.ASCII.GetString(reply)
            : null;

    private static string? Final(ScramServer server, string message) =>
        server.TakeFinal(Encoding.Latin1.GetBytes(message), out var reply)
            ? Encoding.ASCII.GetString(reply)
            : null;

    private static (string, string, string?) Shown(ScramServer server) =>
        (server.Error!.SqlState, server.Error.Message, server.Error.Detail);
}
