using Sento.Base;
using Sento.Postgres.Wire;
using Xunit;

namespace Sento.Tests.Unit.Postgres.Wire;

public sealed class MessageReaderTests
{
    [Fact]
    public void Fields_are_read_in_order()
    {
        var reader = new MessageReader([7, 0x01, 0x02, 0x80, 0, 0, 1, (byte)'a', (byte)'b', 0, 9, 8]);
        Assert.Equal(7, reader.ReadByte());
        Assert.Equal(0x0102, reader.ReadInt16());
        Assert.Equal(int.MinValue + 1, reader.ReadInt32());
        Assert.Equal("ab", reader.ReadString());
        Assert.Equal(2, reader.Remaining);
        Assert.True(reader.ReadRest().SequenceEqual(new byte[] { 9, 8 }));
        reader.ExpectEnd();
    }

    [Fact]
    public void Every_overrun_is_a_violation()
    {
        Assert.Throws<ProtocolViolation>(() => new MessageReader([]).ReadByte());
        Assert.Throws<ProtocolViolation>(() => new MessageReader([1]).ReadInt16());
        Assert.Throws<ProtocolViolation>(() => new MessageReader([1, 2, 3]).ReadInt32());
        Assert.Throws<ProtocolViolation>(() => { new MessageReader([1, 2, 3]).ReadText(); });
        Assert.Throws<ProtocolViolation>(() => { new MessageReader([1]).ReadBytes(2); });
        Assert.Throws<ProtocolViolation>(() => { new MessageReader([1]).ReadBytes(-1); });
        Assert.Throws<ProtocolViolation>(() => { new MessageReader([1]).ReadBytes(int.MinValue); });
        Assert.Throws<ProtocolViolation>(() => new MessageReader([1]).ExpectEnd());
    }

    [Fact]
    public void Text_that_is_not_utf8_is_refused_as_a_string_only()
    {
        byte[] body = [0xff, 0];
        Assert.Throws<ProtocolViolation>(() => new MessageReader(body).ReadString());
        Assert.Equal(1, new MessageReader(body).ReadText().Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    public void A_header_with_an_impossible_length_is_a_violation(int length)
    {
        var buffer = new ByteBuffer();
        buffer.WriteByte((byte)'Q');
        buffer.WriteInt32(length);
        Assert.Throws<ProtocolViolation>(() => MessageHeader.TryRead(buffer.Written, out _));
    }

    [Fact]
    public void A_header_needs_five_bytes()
    {
        Assert.False(MessageHeader.TryRead([(byte)'S', 0, 0, 0], out _));
        Assert.True(MessageHeader.TryRead([(byte)'S', 0, 0, 0, 4], out var header));
        Assert.Equal(new MessageHeader((byte)'S', 0), header);
        Assert.Equal(5, header.TotalBytes);
    }
}
