using Sento.Base;
using Sento.Postgres.Wire;

namespace Sento.Postgres.Server;

/// <summary>What a server's message means for what it owes.</summary>
internal static class ReplyRules
{
    public static bool MayStream(byte code) =>
        code is ServerCode.DataRow or ServerCode.CopyData or ServerCode.FunctionCallResponse;

    public static bool Completes(ReplyKind kind, byte code) => kind switch
    {
        ReplyKind.Parse or ReplyKind.ParseUnnamed => Expect(code == ServerCode.ParseComplete),
        ReplyKind.Bind => Expect(code == ServerCode.BindComplete),
        ReplyKind.Close or ReplyKind.CloseUnnamed => Expect(code == ServerCode.CloseComplete),
        ReplyKind.DescribeStatement => code is ServerCode.RowDescription or ServerCode.NoData
            || !Expect(code == ServerCode.ParameterDescription),
        ReplyKind.DescribePortal => Expect(code is ServerCode.RowDescription or ServerCode.NoData),
        ReplyKind.Execute => code is ServerCode.CommandComplete or ServerCode.EmptyQueryResponse
            or ServerCode.PortalSuspended,
        _ => false,
    };

    private static bool Expect(bool isExpected) =>
        isExpected ? true : throw new ProtocolViolation("the server's reply does not fit what was asked");

    /// <summary>Of the entries that name a statement, those whose success prepares it.</summary>
    public static bool MakesStatement(in ExpectedReply reply) => reply.Kind == ReplyKind.Parse
        || (reply.Kind == ReplyKind.Execute && reply.Route != ReplyRoute.Client)
        || (reply.Kind == ReplyKind.Query && reply.Change is not null);

    /// <summary>
    /// 0A000 from the plan cache: the statement's result type has changed since it was prepared.
    /// </summary>
    public static bool IsStalePlan(ReadOnlySpan<byte> body) =>
        ErrorFields.TryFind(body, (byte)'C', out var code) && code.SequenceEqual("0A000"u8)
        && ErrorFields.TryFind(body, (byte)'R', out var routine)
        && routine.SequenceEqual("RevalidateCachedQuery"u8);

    /// <summary>INSERT, MERGE, COPY: a column's default may have advanced a sequence.</summary>
    public static bool MayAdvanceSequence(ReadOnlySpan<byte> tag) =>
        tag.Length > 1
        && (tag[0] is (byte)'I' or (byte)'M' || (tag[0] == (byte)'C' && tag.StartsWith("COPY"u8)));

    public static byte StatusOf(ReadOnlySpan<byte> body) =>
        body.Length == 1 && body[0] is (byte)'I' or (byte)'T' or (byte)'E'
            ? body[0]
            : throw new ProtocolViolation("ReadyForQuery has no known transaction status");
}
