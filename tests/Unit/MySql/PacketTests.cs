using Sento.Base;
using Sento.MySql.Wire;
using Xunit;

namespace Sento.Tests.Unit.MySql;

public sealed class PacketTests
{
    [Theory]
    [InlineData(0ul, 1)]
    [InlineData(250ul, 1)]
    [InlineData(251ul, 3)]
    [InlineData(65_535ul, 3)]
    [InlineData(65_536ul, 4)]
    [InlineData(16_777_215ul, 4)]
    [InlineData(16_777_216ul, 9)]
    [InlineData(ulong.MaxValue, 9)]
    public void A_length_is_written_as_short_as_it_can_be_and_read_back(ulong value, int bytes)
    {
        var output = new ByteBuffer(16);
        PacketWriter.Length(output, value);

        var reader = new PacketReader(output.Written);
        Assert.Equal(value, reader.ReadLength());
        reader.ExpectEnd();
        Assert.Equal(bytes, output.Length);
    }

    [Theory]
    [InlineData("05AABB")]
    [InlineData("FCFFFF01")]
    [InlineData("FEFFFFFFFFFFFFFFFF")]
    [InlineData("FB")]
    [InlineData("FF")]
    public void A_text_longer_than_its_packet_is_a_violation(string hex) =>
        Assert.Throws<ProtocolViolation>(() =>
        {
            var reader = new PacketReader(Convert.FromHexString(hex));
            reader.ReadText();
        });

    [Fact]
    public void A_greeting_is_read_as_it_was_written()
    {
        var greeting = new Greeting
        {
            Version = "5.5.5-10.11.19-MariaDB",
            ConnectionId = 77,
            Salt = [.. Enumerable.Range(1, 20).Select(i => (byte)i)],
            Capabilities = CapabilitySets.Needed,
            MariaDb = MariaDbCapabilities.BulkOperations,
            Charset = 45,
            Status = ServerStatus.Autocommit,
            Plugin = "mysql_native_password",
        };
        var output = new ByteBuffer(128);
        greeting.Write(output);

        var read = Greeting.Read(output.Written[PacketHeader.Bytes..]);

        Assert.Equal(greeting.Salt, read.Salt);
        Assert.Equal(greeting with { Salt = read.Salt }, read);
        Assert.True(read.IsMariaDb);
    }

    [Fact]
    public void A_response_is_read_as_it_was_written()
    {
        var response = new HandshakeResponse
        {
            Capabilities = CapabilitySets.Always | Capabilities.ConnectWithDb,
            Charset = 255,
            User = "app",
            Proof = [1, 2, 3],
            Database = "shop",
            Plugin = "caching_sha2_password",
        };
        var output = new ByteBuffer(128);
        response.Write(output, 1, [("program_name", "shell")]);

        var read = HandshakeResponse.Read(output.Written[PacketHeader.Bytes..]);

        Assert.Equal(response.Proof, read.Proof);
        Assert.Equal(response with { Proof = read.Proof, ProgramName = "shell" }, read);
    }

    [Fact]
    public void Changes_of_a_session_are_read_as_both_servers_write_them()
    {
        // A variable; a state change with and without a length of its own; a schema.
        var changes = Convert.FromHexString("0005" + "0161" + "023432" + "02020131" + "020131" + "01020178");
        var reader = new TrackerReader(changes);

        Assert.True(reader.Next());
        Assert.True(reader.Name.SequenceEqual("a"u8) && reader.Value.SequenceEqual("42"u8));
        Assert.True(reader.Next());
        Assert.True(reader.Kind == TrackerKind.StateChange && reader.Value.SequenceEqual("1"u8));
        Assert.True(reader.Next());
        Assert.True(reader.Kind == TrackerKind.StateChange && reader.Value.SequenceEqual("1"u8));
        Assert.True(reader.Next());
        Assert.True(reader.Kind == TrackerKind.Schema && reader.Value.SequenceEqual("x"u8));
        Assert.False(reader.Next());
    }

    [Fact]
    public void An_OK_without_changes_says_nothing_of_them()
    {
        var output = new ByteBuffer(32);
        new OkPacket
        {
            AffectedRows = 300,
            InsertId = 7,
            Status = ServerStatus.Autocommit | ServerStatus.SessionStateChanged,
        }.Write(output, 3, default);

        var read = OkPacket.Read(output.Written[PacketHeader.Bytes..]);
        Assert.Equal(300ul, read.AffectedRows);
        Assert.Equal(7ul, read.InsertId);
        Assert.Equal(ServerStatus.Autocommit, read.Status);
        Assert.Equal(3, output.Written[3]);
    }

    [Theory]
    [InlineData("0001" + "53454C4543542031", "SELECT 1")]
    [InlineData("0101" + "00" + "01" + "0300" + "0161" + "2A000000" + "444F2030", "DO 0")]
    [InlineData("0101" + "01" + "01" + "0300" + "0161" + "444F2030", "DO 0")]
    public void The_text_behind_query_attributes_is_found(string hex, string text) =>
        Assert.Equal(text, System.Text.Encoding.ASCII.GetString(QueryAttributes.TextOf(Convert.FromHexString(
            hex))));
}
