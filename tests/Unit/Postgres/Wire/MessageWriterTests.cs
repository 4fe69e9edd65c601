using Sento.Base;
using Sento.Postgres.Wire;
using Xunit;

namespace Sento.Tests.Unit.Postgres.Wire;

public sealed class MessageWriterTests
{
    private readonly ByteBuffer _buffer = new();

    [Fact]
    public void Lengths_are_patched_also_behind_other_messages()
    {
        MessageWriter.Empty(_buffer, ServerCode.ParseComplete);
        ClientMessageWriter.Query(_buffer, "SELECT 1");
        MessageWriter.ReadyForQuery(_buffer, (byte)'I');
        Assert.Equal(
            "3100000004" + "510000000D" + Convert.ToHexString("SELECT 1\0"u8) + "5A0000000549",
            Convert.ToHexString(_buffer.Written));
    }

    [Fact]
    public void A_zero_byte_in_text_never_becomes_a_field()
    {
        Assert.Throws<InvariantBroken>(() => MessageWriter.ParameterStatus(_buffer, "a\0b", "c"));
        Assert.Throws<InvariantBroken>(() => ClientMessageWriter.Query(_buffer, "SELECT\0"u8));
        Assert.Throws<InvariantBroken>(() => ClientMessageWriter.StartupMessage(_buffer, 0, [new("", "x")]));
    }

    [Fact]
    public void Startup_and_cancel_have_no_code()
    {
        ClientMessageWriter.StartupMessage(_buffer, 0, [new("user", "u")]);
        ClientMessageWriter.CancelRequest(_buffer, 7, [1, 2, 3, 4]);
        Assert.Equal(
            "0000001000030000" + Convert.ToHexString("user\0u\0\0"u8)
            + "00000010" + "04D2162E" + "00000007" + "01020304",
            Convert.ToHexString(_buffer.Written));
    }

    [Fact]
    public void Rows_carry_text_and_null()
    {
        MessageWriter.DataRow(_buffer, "ab", null, "");
        Assert.Equal(
            "44000000140003" + "00000002" + "6162" + "FFFFFFFF" + "00000000",
            Convert.ToHexString(_buffer.Written));
    }

    [Fact]
    public void Bind_carries_text_parameters()
    {
        ClientMessageWriter.Bind(_buffer, "p"u8, "s"u8, "1", null);
        Assert.Equal(
            "4200000017" + "7000" + "7300" + "0000" + "0002" + "00000001" + "31" + "FFFFFFFF" + "0000",
            Convert.ToHexString(_buffer.Written));
    }
}
