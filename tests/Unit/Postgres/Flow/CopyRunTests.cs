using System.Buffers.Binary;
using Sento.Postgres.Wire;
using Xunit;

namespace Sento.Tests.Unit.Postgres.Flow;

/// <summary>Messages of COPY data that pass in one piece.</summary>
public sealed class CopyRunTests
{
    [Fact]
    public void Messages_of_data_that_follow_each_other_are_one_run() =>
        Assert.Equal(15 + 8 + 5, RunOf(Message('d', 10), Message('d', 3), Message('d', 0)));

    [Theory]
    [InlineData('c')]
    [InlineData('f')]
    [InlineData('Q')]
    [InlineData('S')]
    [InlineData('H')]
    [InlineData('X')]
    public void Another_kind_of_message_ends_the_run(char code) =>
        Assert.Equal(15, RunOf(Message('d', 10), Message(code, 3), Message('d', 3)));

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_header_that_is_cut_is_left_for_later(int bytes) =>
        Assert.Equal(15, RunOf(Message('d', 10), Message('d', 3)[..bytes]));

    [Fact]
    public void A_last_message_that_is_cut_belongs_to_the_run() =>
        Assert.Equal(15 + 1005, RunOf(Message('d', 10), Message('d', 1000)[..20]));

    [Theory]
    [InlineData(3)]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    public void A_length_that_cannot_be_ends_the_run(int length)
    {
        var wrong = Message('d', 3);
        BinaryPrimitives.WriteInt32BigEndian(wrong.AsSpan(1), length);
        Assert.Equal(15, RunOf(Message('d', 10), wrong, Message('d', 3)));
    }

    [Fact]
    public void A_first_message_that_is_cut_is_the_whole_run() =>
        Assert.Equal(105, CopyRun.End(Message('d', 100).AsSpan(0, 50), 105));

    private static int RunOf(params byte[][] messages) =>
        CopyRun.End(messages.SelectMany(message => message).ToArray(), messages[0].Length);

    private static byte[] Message(char code, int bodyBytes)
    {
        var message = new byte[5 + bodyBytes];
        message[0] = (byte)code;
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(1), 4 + bodyBytes);
        return message;
    }
}
