using CsCheck;
using Sento.Base;
using Sento.Postgres.Wire;
using Xunit;

namespace Sento.Tests.Unit.Postgres.Wire;

public sealed class ErrorFieldsTests
{
    [Fact]
    public void What_we_write_is_what_we_read()
    {
        var buffer = new ByteBuffer();
        MessageWriter.ErrorResponse(buffer, Severity.Fatal, SqlState.InvalidPassword, "no", "why", "then");
        Assert.True(MessageHeader.TryRead(buffer.Written, out var header));
        Assert.Equal(ServerCode.ErrorResponse, header.Code);
        Assert.Equal(buffer.Length, header.TotalBytes);
        var fields = ErrorFields.Read(buffer.Written[MessageHeader.Bytes..]);
        Assert.Equal("FATAL", fields.Severity);
        Assert.Equal("28P01", fields.SqlState);
        Assert.Equal("no", fields.Message);
        Assert.Equal("why", fields.Detail);
        Assert.Equal("then", fields.Hint);
    }

    [Fact]
    public void An_error_without_sqlstate_is_read() // CVE-2026-6666 class
    {
        var fields = ErrorFields.Read("SERROR\0Mboom\0\0"u8);
        Assert.Null(fields.SqlState);
        Assert.Equal("boom", fields.Message);
        Assert.Null(ErrorFields.Read("\0"u8).Message);
    }

    [Theory]
    [InlineData("C\0\0")]
    [InlineData("C1234\0\0")]
    [InlineData("C123456\0\0")]
    [InlineData("Cab123\0\0")]
    public void A_malformed_sqlstate_reads_as_none(string body) =>
        Assert.Null(ErrorFields.Read(System.Text.Encoding.UTF8.GetBytes(body)).SqlState);

    [Theory]
    [InlineData("")]
    [InlineData("M")]
    [InlineData("Mboom")]
    [InlineData("Mboom\0")]
    [InlineData("Mboom\0\0x")]
    public void A_broken_shape_is_a_violation(string body) =>
        Assert.Throws<ProtocolViolation>(() => ErrorFields.Read(System.Text.Encoding.UTF8.GetBytes(body)));

    [Fact]
    public void Random_bytes_are_read_or_refused() => Gen.Byte.Array[0, 60].Sample(body =>
    {
        try
        {
            var fields = ErrorFields.Read(body);
            _ = fields.SqlState + fields.Severity + fields.Message;
        }
        catch (ProtocolViolation)
        {
        }
    });
}
