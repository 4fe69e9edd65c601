using System.Text;
using CsCheck;
using Sento.Base;
using Sento.Postgres.SignIn.Scram;
using Xunit;

namespace Sento.Tests.Unit.Postgres.SignIn;

public sealed class ScramClientTests
{
    private static readonly ScramVerifier Pencil =
        ScramVerifier.FromPassword("pencil"u8, "0123456789abcdef"u8, 3);

    [Fact]
    public void Keys_are_derived_once_for_each_salt_and_count()
    {
        using var password = SecretBytes.FromText("pencil");
        var secret = ScramSecret.Of(password, new ScramKeyCache());
        for (var round = 0; round < 3; round++)
        {
            var server = Server();
            var client = new ScramClient(secret, [], false);
            Assert.True(server.TakeFirst(client.First(), out var reply));
            var status = client.TakeFirst(reply);
            Assert.Equal(round == 0 ? ScramClientStatus.NeedsKeys : ScramClientStatus.AwaitsFinal, status);
            if (status == ScramClientStatus.NeedsKeys)
            {
                client.Work!.Run();
                client.Resume();
            }
            Assert.True(server.TakeFinal(client.Final(), out reply));
            Assert.Equal(ScramClientStatus.Verified, client.TakeFinal(reply));
        }
    }

    [Fact]
    public void Keys_shown_by_one_client_sign_in_to_a_server_with_the_same_verifier()
    {
        var server = Server();
        var client = Client();
        server.TakeFirst(client.First(), out var reply);
        client.TakeFirst(reply);
        Assert.True(server.TakeFinal(client.Final(), out _));

        var onward = new ScramClient(ScramSecret.Of(server.Keys!, Pencil), [], false);
        var database = Server();
        database.TakeFirst(onward.First(), out reply);
        Assert.Equal(ScramClientStatus.AwaitsFinal, onward.TakeFirst(reply));
        Assert.True(database.TakeFinal(onward.Final(), out reply));
        Assert.Equal(ScramClientStatus.Verified, onward.TakeFinal(reply));
    }

    [Theory]
    [InlineData("MDEyMzQ1Njc4OWFiY2RlZg==", 4)]
    [InlineData("MDEyMzQ1Njc4OWFiY2RlZQ==", 3)]
    public void Known_keys_are_not_used_for_another_verifier(string salt, int iterations)
    {
        var client = Client();
        Assert.Equal(ScramClientStatus.Failed, First(client, $"r=abcX,s={salt},i={iterations}"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("r=abcX")]
    [InlineData("r=abcX,s=QUFB")]
    [InlineData("s=QUFB,r=abcX,i=1")]
    [InlineData("r=,s=QUFB,i=1")]
    [InlineData("r=abc,s=QUFB,i=1")] // nothing of the server's own
    [InlineData("r=abX,s=QUFB,i=1")]
    [InlineData("r=Xabc,s=QUFB,i=1")]
    [InlineData("r=abc X,s=QUFB,i=1")]
    [InlineData("r=abcX,s=,i=1")]
    [InlineData("r=abcX,s=Q,i=1")]
    [InlineData("r=abcX,s=QQ=,i=1")]
    [InlineData("r=abcX,s=QR==,i=1")]
    [InlineData("r=abcX,s=QU FB,i=1")]
    [InlineData("r=abcX,s=QUFB,i=")]
    [InlineData("r=abcX,s=QUFB,i=0")]
    [InlineData("r=abcX,s=QUFB,i=-1")]
    [InlineData("r=abcX,s=QUFB,i=+1")]
    [InlineData("r=abcX,s=QUFB,i= 1")]
    [InlineData("r=abcX,s=QUFB,i=1x")]
    [InlineData("r=abcX,s=QUFB,i=1,")]
    [InlineData("r=abcX,s=QUFB,i=1,x=y")]
    [InlineData("r=abcX,s=QUFB,i=4294967297")]
    [InlineData("r=abcX,s=QUFB,i=99999999999999999999999")]
    [InlineData("m=x,r=abcX,s=QUFB,i=1")]
    [InlineData("e=other-error")]
    [InlineData("r=abcX\0,s=QUFB,i=1")]
    public void A_malformed_first_message_of_the_server_is_a_failure(string message)
    {
        var client = Password();
        Assert.Equal(ScramClientStatus.Failed, First(client, message));
        Assert.NotNull(client.Error);
    }

    [Fact]
    public void An_absurd_iteration_count_is_refused() // CVE-2026-6669 class
    {
        Assert.Equal(ScramClientStatus.NeedsKeys, First(Password(), "r=abcX,s=QUFB,i=1000000"));
        var client = Password();
        Assert.Equal(ScramClientStatus.Failed, First(client, "r=abcX,s=QUFB,i=1000001"));
        Assert.Null(client.Work);
        Assert.Equal(ScramClientStatus.Failed, First(Password(), "r=abcX,s=QUFB,i=2147483647"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("v=")]
    [InlineData("v=AAAA")]
    [InlineData("v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("e=invalid-proof")]
    [InlineData("x=y")]
    public void A_server_that_cannot_sign_is_not_believed(string message)
    {
        var client = Client();
        Assert.Equal(ScramClientStatus.AwaitsFinal, First(client, "r=abcX,s=MDEyMzQ1Njc4OWFiY2RlZg==,i=3"));
        client.Final();
        Assert.Equal(ScramClientStatus.Failed, client.TakeFinal(Encoding.ASCII.GetBytes(message)));
    }

    [Theory]
    [InlineData(false, false, "n,,", "SCRAM-SHA-256")]
    [InlineData(false, true, "n,,", "SCRAM-SHA-256")]
    [InlineData(true, false, "y,,", "SCRAM-SHA-256")]
    [InlineData(true, true, "p=tls-server-end-point,,", "SCRAM-SHA-256-PLUS")]
    public void The_channel_is_bound_where_both_can(
        bool hasHash, bool isOffered, string header, string mechanism)
    {
        var keys = ScramKeys.Derive("pencil"u8, Pencil.Salt, Pencil.Iterations);
        var client = new ScramClient(ScramSecret.Of(keys, Pencil), hasHash ? [1] : [], isOffered);
        Assert.StartsWith(header + "n=,r=", Encoding.ASCII.GetString(client.First()));
        Assert.Equal(mechanism, client.Mechanism);
    }

    [Fact]
    public void Mutated_messages_of_a_server_verify_nothing() =>
        Gen.Select(Gen.Bool, Gen.Int[0, 200], Gen.Byte, Gen.Int[0, 3]).Sample((inFirst, at, letter, kind) =>
        {
            var server = Server();
            var client = Client();
            Assert.True(server.TakeFirst(client.First(), out var reply));
            var first = inFirst ? Mutation.Of(reply, at, letter, kind) : reply.ToArray();
            var isSame = reply.SequenceEqual(first);
            if (client.TakeFirst(first) == ScramClientStatus.Failed)
                return;
            if (!server.TakeFinal(client.Final(), out reply))
                return;
            var final = inFirst ? reply.ToArray() : Mutation.Of(reply, at, letter, kind);
            isSame &= reply.SequenceEqual(final);
            Assert.Equal(isSame, client.TakeFinal(final) == ScramClientStatus.Verified);
        });

    private static ScramServer Server()
    {
        var server = ScramServer.For(Pencil, []);
        Assert.True(server.TrySelect("SCRAM-SHA-256"u8));
        return server;
    }

    private static ScramClient Client() =>
        new(ScramSecret.Of(ScramKeys.Derive("pencil"u8, Pencil.Salt, 3), Pencil), [], false, "abc");

    private static ScramClient Password() =>
        new(ScramSecret.Of(SecretBytes.FromText("pencil"), new ScramKeyCache()), [], false, "abc");

    private static ScramClientStatus First(ScramClient client, string message) =>
        client.TakeFirst(Encoding.ASCII.GetBytes(message));
}
