using System.Text;
using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>Start-up and passwords: who gets in, who does not, and what hostile beginnings come to.</summary>
public sealed class SignIn(Ground ground) : Play(ground)
{
    [Fact]
    public Task A_wrong_password_is_refused() => Compare(async side =>
    {
        var client = await side.Connect(side.Door with { Password = "wrong" });
        Assert.Equal("28P01", (await side.SignIn(client)).Error?.SqlState);
        Assert.Null(await client.TryReceive());
    }, comparesTranscripts: false);

    [Fact]
    public Task An_unknown_user_is_asked_and_refused_as_if_it_existed() => Compare(async side =>
    {
        var client = await side.Connect(side.Door with { User = "nobody_at_all" });
        var replies = await side.SignIn(client);
        Assert.Equal("RRE", replies.Codes);
        Assert.Equal("28P01", replies.Error?.SqlState);
    }, comparesTranscripts: false);

    [Fact]
    public Task An_empty_password_is_refused() => Compare(async side =>
    {
        var client = await side.Connect(side.Door with { Password = "" });
        Assert.Equal("28P01", (await side.SignIn(client)).Error?.SqlState);
    }, comparesTranscripts: false);

    [Fact]
    public Task An_unknown_database_is_refused() => Compare(async side =>
    {
        var client = await side.Connect(side.Door with { Database = "no_such_database" });
        Assert.Equal("3D000", (await side.SignIn(client)).Error?.SqlState);
    });

    [Fact]
    public Task Without_a_database_the_users_name_is_meant() => Compare(async side =>
    {
        var client = await side.Connect(side.Door with { Database = "" });
        await side.SignIn(client);
        Assert.Equal("app", (await client.Query("select current_database()")).Scalar);
    });

    [Fact]
    public Task Another_database_is_reached_by_its_name() => Compare(async side =>
    {
        var client = await side.Connect(side.Door with { Database = "postgres" });
        await side.SignIn(client);
        Assert.Equal("postgres", (await client.Query("select current_database()")).Scalar);
        var first = await side.Open();
        Assert.Equal("app", (await first.Query("select current_database()")).Scalar);
        Assert.Equal("postgres", (await client.Query("select current_database()")).Scalar);
    });

    [Fact]
    public Task Without_a_user_nobody_gets_in() => Compare(async side =>
    {
        var client = await side.Connect(side.Door);
        await client.Send(Startup(Version30, ("database", "app")));
        Assert.Equal("E(28000)", (await client.ReceiveToEnd()).Text);
    });

    [Theory]
    [InlineData(Version30, "")]
    [InlineData(Version32, "")]
    [InlineData((3 << 16) | 9, "v(2) ")]
    [InlineData((3 << 16) | 9999, "v(2) ")]
    public Task A_minor_version_too_new_is_negotiated(int version, string negotiation) => Compare(async side =>
    {
        var client = await side.Connect(side.Door with { ProtocolVersion = version });
        var replies = await side.SignIn(client);
        Assert.StartsWith(negotiation + "R(", replies.Text, StringComparison.Ordinal);
        Assert.Equal("1", (await client.Query("select 1")).Scalar);
    });

    [Fact]
    public Task Unknown_protocol_options_are_named_in_the_negotiation() => Compare(async side =>
    {
        var client = await side.Connect(side.Door);
        await client.Send(Startup(Version30,
            ("user", "app"), ("database", "app"), ("_pq_.fancy", "on"), ("_pq_.other", "x")));
        Assert.Equal("v(0:_pq_.fancy,_pq_.other)", (await client.Receive()).Text);
    });

    [Theory]
    [InlineData(2 << 16)]
    [InlineData(4 << 16)]
    [InlineData(0)]
    [InlineData(1 << 16)]
    public Task Other_major_versions_are_refused(int version) => Compare(async side =>
    {
        var client = await side.Connect(side.Door);
        await client.Send(Startup(version, ("user", "app")));
        // To a version before 3.0 PostgreSQL answers in the form of that time, which is text after the code.
        Assert.Equal((byte)'E', await client.ReceiveByte());
    });

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(10_005)]
    [InlineData(int.MaxValue)]
    [InlineData(-1)]
    public Task A_startup_packet_of_impossible_length_ends_the_connection(int length) => Compare(async side =>
    {
        var client = await side.Connect(side.Door);
        client.Hears = null;
        await client.Send([(byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length, 0, 3, 0, 0]);
        // PostgreSQL closes without a word or with an error; either way it closes.
        await client.ReceiveToEnd();
    });

    [Fact]
    public Task A_startup_packet_without_its_end_is_refused() => Compare(async side =>
    {
        var client = await side.Connect(side.Door);
        var packet = Startup(Version30, ("user", "app"), ("database", "app"))[..^1];
        packet[3]--;
        await client.Send(packet);
        Assert.Equal("E(08P01)", (await client.ReceiveToEnd()).Text);
    });

    [Fact]
    public Task A_startup_packet_byte_by_byte() => Compare(async side =>
    {
        var client = await side.Connect(side.Door);
        await client.SendByteByByte(Startup(Version30, side.Door.StartupParameters()));
        var replies = await client.AnswerSignIn();
        Assert.True(replies[^1].IsReady);
        client.Hears = null;
        await client.Terminate();
    }, comparesTranscripts: false);

    [Fact]
    public Task Gss_encryption_is_refused_politely() => OnlyThroughSento(async side =>
    {
        var client = await side.Connect(side.Door);
        await client.Send(GssEncRequest());
        Assert.Equal((byte)'N', await client.ReceiveByte());
        await side.SignIn(client);
        Assert.Equal("1", (await client.Query("select 1")).Scalar);
    });

    [Theory]
    [InlineData('Q')]
    [InlineData('P')]
    [InlineData('X')]
    [InlineData('d')]
    [InlineData('\0')]
    public Task Anything_but_a_password_in_sign_in_ends_it(char code) => Compare(async side =>
    {
        var client = await side.Connect(side.Door);
        await client.Send(Startup(Version30, side.Door.StartupParameters()));
        Assert.Equal('R', (await client.Receive()).Code);
        await client.Send(Typed(code, 0));
        client.Hears = null;
        var replies = await client.ReceiveToEnd();
        Assert.DoesNotContain('Z', replies.Codes);
    }, comparesTranscripts: false);

    public static readonly TheoryData<string, string> SpoiltScram = new()
    {
        { "mechanism", "SCRAM-SHA-1" }, { "mechanism", "" }, { "first", "" }, { "first", "n,," },
        { "first", "x,,n=,r=abc" }, { "first", "y,,n=app,r=abc,extra" }, { "first", "p=tls-unique,,n=,r=abc" },
        { "first", "p=tls-server-end-point,,n=,r=abc" }, { "first", "n,a=other,n=,r=abc" }, { "first", "n,,m=x,n=,r=abc" },
        { "final", "" }, { "final", "c=biws,r=wrong,p=AAAA" }, { "final", "nonce" }, { "final", "binding" },
        { "final", "proof" }, { "final", "no proof" }, { "final", "long proof" }, { "final", "bad base64" },
    };

    [Theory]
    [MemberData(nameof(SpoiltScram))]
    public Task A_spoilt_scram_exchange_is_refused(string place, string how) => Compare(async side =>
    {
        var client = await side.Connect(side.Door);
        await client.Send(Startup(Version30, side.Door.StartupParameters()));
        await client.Receive();
        var scram = new ScramExchange(side.Door.Password, nonce: "rOprNGfwEbeRWgbNEkqO");
        await client.Send(SaslInitial(
            place == "mechanism" ? how : ScramExchange.Plain, place == "first" ? how : scram.ClientFirst));
        if (place == "final")
        {
            var serverFirst = Encoding.UTF8.GetString((await client.Receive()).Body.Span[4..]);
            await client.Send(SaslResponse(Spoil(scram.ClientFinal(serverFirst), how)));
        }
        var replies = await client.ReceiveToEnd();
        Assert.Equal('E', replies[^1].Code);
        client.Hears = null;
    }, comparesTranscripts: false);

    [Fact]
    public Task Messages_pipelined_behind_the_password_are_answered() => Compare(async side =>
    {
        var client = await side.Connect(side.Door);
        await client.Send(Startup(Version30, side.Door.StartupParameters()));
        await client.Receive();
        var scram = new ScramExchange(side.Door.Password);
        await client.Send(SaslInitial(ScramExchange.Plain, scram.ClientFirst));
        var serverFirst = Encoding.UTF8.GetString((await client.Receive()).Body.Span[4..]);
        await client.Send(SaslResponse(scram.ClientFinal(serverFirst)), Query("select 'early'"));
        await client.ReceiveUntilReady();
        Assert.Equal("early", (await client.ReceiveUntilReady()).Scalar);
    }, comparesTranscripts: false);

    private static string Spoil(string final, string how) => how switch
    {
        "nonce" => final.Replace("r=rOpr", "r=xOpr"),
        "binding" => final.Replace("c=biws", "c=eSws"),
        "proof" => final[..^6] + "AAAAA=",
        "no proof" => final[..final.LastIndexOf(",p=", StringComparison.Ordinal)],
        "long proof" => final + "AAAA",
        "bad base64" => final[..^6] + "!!!!!=",
        _ => how,
    };
}
