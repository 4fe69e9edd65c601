using static Sento.Postgres.Server.ReplyRules;

namespace Sento.Postgres.Server;

/// <summary>
/// What it means for a client's names and a server's statements that something was not done.
/// </summary>
internal static class Refusals
{
    /// <summary>
    /// The first message owed has failed, and the server skips what follows it up to the Sync.
    /// </summary>
    public static void SkipGroup(ServerSession server)
    {
        var refused = new Stack<ExpectedReply>();
        while (server.Replies.TakeSkipped(out var skipped))
            refused.Push(skipped);
        // The last change of a name is taken back first.
        while (refused.TryPop(out var reply))
            Refuse(server, reply, wasTried: refused.Count == 0);
        server.Unnamed.OnSkipped(server.Replies);
    }

    /// <param name="wasTried">It has failed; otherwise it was skipped.</param>
    public static void Refuse(ServerSession server, in ExpectedReply reply, bool wasTried)
    {
        var client = server.Client;
        if (reply is { Route: not ReplyRoute.Client, Name: { } placed })
            client?.Real.OnRefused(placed, wasTried);
        if (wasTried && reply.Kind == ReplyKind.ParseUnnamed)
        {
            server.Unnamed.OnParseFailed();
            // The same statement once more: nothing was to change, but a Parse that fails drops it.
            if (reply is { Route: ReplyRoute.Client, Change: null })
                client?.Names.OnUnnamedLost();
        }
        if (reply.Statement is not null && MakesStatement(reply))
            server.Prepared.Remove(reply.Statement);
        if (reply is { Kind: ReplyKind.Close, Statement: not null })
            server.Prepared.Keep(reply.Statement);
        if (reply.Change is { } change)
            client?.Names.Undo(change, wasTried);
    }
}
