using System.Buffers.Binary;
using System.Text;
using CsCheck;
using Sento.Base;
using Sento.Postgres.SignIn;
using Sento.Postgres.Wire;
using Xunit;

namespace Sento.Tests.Unit.Postgres.SignIn;

public sealed class StartupReaderTests
{
    [Fact]
    public void User_database_and_settings_are_read_in_order()
    {
        var startup = Startup(
            "user", "u", "application_name", "a", "database", "d", "x", "1", "x", "2", "options", "-c y=3");
        Assert.Equal("u", startup.User);
        Assert.Equal("d", startup.Database);
        Assert.Equal(ReplicationKind.None, startup.Replication);
        Assert.Equal("y=3 application_name=a x=1 x=2", Shown(startup));
        Assert.Equal(0, startup.Minor);
        Assert.False(startup.MustNegotiate);
    }

    [Fact]
    public void No_database_is_left_to_the_caller()
    {
        Assert.Null(Startup("user", "u").Database);
        Assert.Null(Startup("user", "u", "database", "").Database);
    }

    [Fact]
    public void The_packet_may_come_one_byte_at_a_time()
    {
        var packet = Packet(StartupCode.Version30, "user\0u\0\0"u8);
        var reader = new StartupReader();
        for (var length = 0; length < packet.Length; length++)
        {
            var verdictSoFar = reader.Read(packet.AsSpan(0, length), isTls: false);
            var more = Assert.IsType<StartupVerdict.NeedMore>(verdictSoFar);
            Assert.Equal(length < 4 ? 4 : packet.Length, more.Bytes);
        }
        var verdict = Assert.IsType<StartupVerdict.Startup>(reader.Read(packet, isTls: false));
        Assert.Equal(packet.Length, verdict.Consumed);
    }

    [Fact]
    public void What_follows_the_packet_is_left()
    {
        var packet = Packet(StartupCode.Version30, "user\0u\0\0"u8);
        var verdict = new StartupReader().Read([.. packet, (byte)'p', 0, 0], isTls: false);
        Assert.Equal(packet.Length, Assert.IsType<StartupVerdict.Startup>(verdict).Consumed);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(10_005)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    [InlineData(-1)]
    [InlineData(0x47455420)] // "GET "
    public void An_impossible_length_is_refused_from_four_bytes(int length) // CVE-2026-107348 class
    {
        var window = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(window, length);
        var refusal = Assert.IsType<StartupVerdict.Refuse>(new StartupReader().Read(window, isTls: false));
        Assert.True(refusal.IsSilent);
        Assert.Equal("08P01", refusal.Error.SqlState);
    }

    [Fact]
    public void The_longest_packet_is_read()
    {
        var value = new string('x', 10_000 - 4 - "user\0u\0a\0\0\0".Length);
        Assert.Single(Startup("user", "u", "a", value).Settings);
        var longer = Packet(StartupCode.Version30, Encoding.ASCII.GetBytes($"user\0u\0a\0{value}x\0\0"));
        Assert.IsType<StartupVerdict.Refuse>(new StartupReader().Read(longer, isTls: false));
    }

    [Theory]
    [InlineData("")]
    [InlineData("user")]
    [InlineData("user\0")]
    [InlineData("user\0u")]
    [InlineData("user\0u\0")]
    [InlineData("user\0u\0a\0\0")]
    [InlineData("user\0u\0x")]
    [InlineData("user\0u\0\0x")]
    [InlineData("user\0u\0\0\0")]
    [InlineData("\0user\0u\0\0")]
    [InlineData("user\0u\0\0a\0b\0\0")]
    public void A_packet_without_its_terminator_is_refused(string body) =>
        Assert.Equal(
            "08P01 invalid startup packet layout: expected terminator as last byte", Refused(Body(body)));

    [Theory]
    [InlineData("\0")]
    [InlineData("user\0\0\0")]
    [InlineData("database\0d\0\0")]
    public void A_packet_without_a_user_is_refused(string body) =>
        Assert.Equal("28000 no PostgreSQL user name specified in startup packet", Refused(Body(body)));

    [Fact]
    public void Empty_names_and_options_do_not_stand_still() // CVE-2026-107349 class
    {
        Assert.StartsWith("08P01", Refused(Body("user\0u\0\0\0\0\0\0\0")));
        Assert.Equal("42704 unrecognized configuration parameter \"\"", RefusedOptions("-c =x"));
        Assert.Equal("42704 unrecognized configuration parameter \"\"", RefusedOptions("--=x"));
        Assert.Equal("42601 -c  requires a value", RefusedOptions("-c \\"));
        Assert.Equal("", Shown(Startup("user", "u", "options", "   ")));
        Assert.Equal("", Shown(Startup("user", "u", "options", " -- ")));
    }

    [Theory]
    [InlineData("-c a=b", "a=b")]
    [InlineData("-ca=b", "a=b")]
    [InlineData("--a=b", "a=b")]
    [InlineData("--a-b=c-d", "a_b=c-d")]
    [InlineData("-c a-b=c", "a_b=c")]
    [InlineData("  -c\ta=b\n-c c=d ", "a=b c=d")]
    [InlineData("-c a=b\\ c", "a=b c")]
    [InlineData("-c a=\\\\b", "a=\\b")]
    [InlineData("-c a=b\\", "a=b")]
    [InlineData("-c a=", "a=")]
    [InlineData("-c a=b=c", "a=b=c")]
    [InlineData("-e", "datestyle=euro")]
    [InlineData("-ec a=b", "datestyle=euro a=b")]
    [InlineData("-S 100", "work_mem=100")]
    [InlineData("-fs", "enable_seqscan=false")]
    [InlineData("-f m --a=b", "enable_mergejoin=false a=b")]
    [InlineData("-c geqo=off -c statement_timeout=5min", "geqo=off statement_timeout=5min")]
    public void Options_are_split_as_postgresql_does(string options, string expected) =>
        Assert.Equal(expected, Shown(Startup("user", "u", "options", options)));

    [Theory]
    [InlineData("a=b", "42601 invalid command-line argument for server process: a=b")]
    [InlineData("-", "42601 invalid command-line argument for server process: -")]
    [InlineData("-c", "42601 invalid command-line argument for server process: -c")]
    [InlineData("-z", "42601 invalid command-line argument for server process: -z")]
    [InlineData("-fq", "42601 invalid command-line argument for server process: -fq")]
    [InlineData("-c a=b c", "42601 invalid command-line argument for server process: c")]
    [InlineData("-- -c a=b", "42601 invalid command-line argument for server process: -c")]
    [InlineData("-c a", "42601 -c a requires a value")]
    [InlineData("--a", "42601 --a requires a value")]
    public void Malformed_options_get_postgresql_s_error(string options, string expected) =>
        Assert.Equal(expected, RefusedOptions(options));

    [Theory]
    [InlineData("database", ReplicationKind.Logical)]
    [InlineData("true", ReplicationKind.Physical)]
    [InlineData("T", ReplicationKind.Physical)]
    [InlineData("on", ReplicationKind.Physical)]
    [InlineData("YES", ReplicationKind.Physical)]
    [InlineData("1", ReplicationKind.Physical)]
    [InlineData("off", ReplicationKind.None)]
    [InlineData("of", ReplicationKind.None)]
    [InlineData("f", ReplicationKind.None)]
    [InlineData("n", ReplicationKind.None)]
    [InlineData("0", ReplicationKind.None)]
    public void Replication_is_a_boolean_or_a_database(string value, ReplicationKind expected) =>
        Assert.Equal(expected, Startup("user", "u", "replication", value).Replication);

    [Theory]
    [InlineData("")]
    [InlineData("o")]
    [InlineData("10")]
    [InlineData("truely")]
    public void Other_replication_is_refused(string value) =>
        Assert.StartsWith(
            "22023 invalid value for parameter", Refused(Body($"user\0u\0replication\0{value}\0\0")));

    [Theory]
    [InlineData(2, 0, "unsupported frontend protocol 2.0: server supports 3.0 to 3.2")]
    [InlineData(4, 0, "unsupported frontend protocol 4.0: server supports 3.0 to 3.2")]
    [InlineData(0, 0, "unsupported frontend protocol 0.0: server supports 3.0 to 3.2")]
    [InlineData(65535, 65535, "unsupported frontend protocol 65535.65535: server supports 3.0 to 3.2")]
    public void Other_protocols_are_refused(int major, int minor, string message) =>
        Assert.Equal("0A000 " + message, Refused(Packet((major << 16) | minor, "user\0u\0\0"u8)));

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(1, 1, false)]
    [InlineData(2, 2, false)]
    [InlineData(3, 2, true)]
    [InlineData(9999, 2, true)]
    public void A_newer_minor_is_negotiated_down(int asked, int spoken, bool mustNegotiate)
    {
        var verdict = new StartupReader().Read(Packet((3 << 16) | asked, "user\0u\0\0"u8), isTls: false);
        var startup = Assert.IsType<StartupVerdict.Startup>(verdict).Parameters;
        Assert.Equal(spoken, startup.Minor);
        Assert.Equal(mustNegotiate, startup.MustNegotiate);
        var output = new ByteBuffer();
        startup.WriteNegotiation(output);
        Assert.Equal(mustNegotiate ? "760000000C0003000200000000" : "", Convert.ToHexString(output.Written));
    }

    [Fact]
    public void Unknown_protocol_options_are_named_in_the_negotiation()
    {
        var startup = Startup("_pq_.a", "1", "user", "u", "_pq_.b", "", "_pq", "x");
        Assert.Equal(["_pq_.a", "_pq_.b"], startup.UnknownProtocolOptions);
        Assert.Equal("_pq=x", Shown(startup));
        var output = new ByteBuffer();
        startup.WriteNegotiation(output);
        Assert.EndsWith(
            "00030000" + "00000002" + Convert.ToHexString("_pq_.a\0_pq_.b\0"u8),
            Convert.ToHexString(output.Written));
    }

    [Fact]
    public void Encryption_may_be_asked_for_once_each()
    {
        var ssl = Packet(StartupCode.SslRequest, []);
        var gss = Packet(StartupCode.GssEncRequest, []);
        var reader = new StartupReader();
        Assert.Equal(8, Assert.IsType<StartupVerdict.GssEncRequest>(reader.Read(gss, isTls: false)).Consumed);
        Assert.Equal(8, Assert.IsType<StartupVerdict.SslRequest>(reader.Read(ssl, isTls: false)).Consumed);
        Assert.IsType<StartupVerdict.Refuse>(reader.Read(ssl, isTls: false));
        Assert.IsType<StartupVerdict.Refuse>(reader.Read(gss, isTls: false));
        Assert.IsType<StartupVerdict.Startup>(
            reader.Read(Packet(StartupCode.Version30, "user\0u\0\0"u8), isTls: true));
    }

    [Fact]
    public void Encryption_inside_tls_is_refused()
    {
        var verdict = new StartupReader().Read(Packet(StartupCode.SslRequest, []), isTls: true);
        Assert.Equal(
            "unsupported frontend protocol 1234.5679: server supports 3.0 to 3.2",
            Assert.IsType<StartupVerdict.Refuse>(verdict).Error.Message);
        Assert.IsType<StartupVerdict.Refuse>(
            new StartupReader().Read(Packet(StartupCode.GssEncRequest, []), isTls: true));
    }

    [Theory]
    [InlineData(StartupCode.SslRequest, "received unencrypted data after SSL request")]
    [InlineData(StartupCode.GssEncRequest, "received unencrypted data after GSSAPI encryption request")]
    public void Clear_text_behind_a_request_for_encryption_is_refused( // CVE-2021-23222, CVE-2021-3935
        int code, string message)
    {
        var verdict = new StartupReader().Read([.. Packet(code, []), 1], isTls: false);
        Assert.Equal(message, Assert.IsType<StartupVerdict.Refuse>(verdict).Error.Message);
    }

    [Fact]
    public void A_tls_hello_is_seen_at_its_first_byte_only()
    {
        Assert.IsType<StartupVerdict.TlsHello>(new StartupReader().Read([0x16, 3, 1], isTls: false));
        Assert.IsType<StartupVerdict.Refuse>(new StartupReader().Read([0x16, 3, 1, 0], isTls: true));
        var reader = new StartupReader();
        reader.Read(Packet(StartupCode.SslRequest, []), isTls: false);
        Assert.IsType<StartupVerdict.Refuse>(reader.Read([0x16], isTls: false));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(32)]
    [InlineData(256)]
    public void Cancel_keys_may_be_long(int length)
    {
        byte[] key = [.. Enumerable.Range(0, length).Select(index => (byte)index)];
        var packet = Packet(StartupCode.CancelRequest, [0, 0, 1, 2, .. key]);
        var verdict = new StartupReader().Read(packet, isTls: true);
        var cancel = Assert.IsType<StartupVerdict.CancelRequest>(verdict);
        Assert.Equal(0x102, cancel.ProcessId);
        Assert.Equal(key, cancel.Key);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(261)]
    public void A_cancel_without_a_proper_key_is_refused(int bodyBytes) =>
        Assert.StartsWith("08P01", Refused(Packet(StartupCode.CancelRequest, new byte[bodyBytes])));

    [Fact]
    public void Names_that_are_not_utf8_are_refused_not_replaced()
    {
        Assert.StartsWith("08P01", Refused(Packet(StartupCode.Version30, [.. "user\0a"u8, 0xff, 0, 0])));
        Assert.Equal("\u00e4", Startup("user", "\u00e4").User);
    }

    [Fact]
    public void Random_packets_get_a_verdict() => Gen.Select(
        Gen.OneOf(
            Gen.Byte.Array[0, 40],
            Gen.OneOf("user", "u", "options", "-c", "-c a=b", "", "\\", "replication", "_pq_.x").Array[0, 12]
                .Select(words => Encoding.ASCII.GetBytes(string.Join('\0', words) + "\0"))),
        Gen.OneOf(StartupCode.Version30, StartupCode.Version32, StartupCode.CancelRequest, 0, -1),
        Gen.Bool).Sample((body, code, isTls) =>
        {
            var packet = Packet(code, body);
            var verdict = new StartupReader().Read(packet, isTls);
            Assert.IsNotType<StartupVerdict.NeedMore>(verdict);
        });

    [Fact]
    public void Mutated_packets_get_a_verdict() => Gen.Select(
        Gen.Int[0, 100], Gen.Byte, Gen.Int[0, 3]).Sample((at, value, kind) =>
        {
            var packet = Packet(StartupCode.Version30, "user\0u\0options\0-c a=b --c-d=e\0database\0d\0\0"u8);
            var verdict = new StartupReader().Read(Mutation.Of(packet, at, value, kind), isTls: false);
            if (verdict is StartupVerdict.Startup startup)
                Assert.NotEqual("", startup.Parameters.User);
        });

    private static StartupParameters Startup(params string[] words)
    {
        var body = Encoding.UTF8.GetBytes(string.Join('\0', words) + "\0\0");
        var verdict = new StartupReader().Read(Packet(StartupCode.Version30, body), isTls: false);
        return Assert.IsType<StartupVerdict.Startup>(verdict).Parameters;
    }

    private static string Shown(StartupParameters startup) =>
        string.Join(' ', startup.Settings.Select(setting => $"{setting.Key}={setting.Value}"));

    private static byte[] Body(string body) => Packet(StartupCode.Version30, Encoding.ASCII.GetBytes(body));

    private static string RefusedOptions(string options) => Refused(Body($"user\0u\0options\0{options}\0\0"));

    private static string Refused(byte[] packet)
    {
        var refusal = Assert.IsType<StartupVerdict.Refuse>(new StartupReader().Read(packet, isTls: false));
        return $"{refusal.Error.SqlState} {refusal.Error.Message}";
    }

    private static byte[] Packet(int code, ReadOnlySpan<byte> body)
    {
        var packet = new byte[8 + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(packet, packet.Length);
        BinaryPrimitives.WriteInt32BigEndian(packet.AsSpan(4), code);
        body.CopyTo(packet.AsSpan(8));
        return packet;
    }
}
