using Sento.Base;
using Sento.Postgres.Replay;
using Sento.Postgres.Server;
using Sento.Postgres.Wire;

namespace Sento.Postgres.Client;

/// <summary>
/// Brings a client's prepared statements onto the server that it holds, ahead of the message that needs them.
/// </summary>
/// <remarks>
/// Inside a group of the client what we add is swallowed, and an error of it is the client's. Ahead of a
/// Query it
/// is a group of its own, whose end the Query awaits.
/// </remarks>
internal sealed class StatementSupply(ClientRelay client, StatementRegistry registry)
{
    private SupplyExchange? _alone;
    private ToldColumns? _told;

    /// <summary>A Query waits for a group of ours: the server is kept although nothing is owed.</summary>
    public bool HoldsLease => _alone is not null;

    private ByteBuffer ToServer => client.Session.Loop.ToServer;

    /// <summary>Finds what a name means and makes sure that the server has it.</summary>
    /// <param name="key">The name as the client's table keeps it; null where the table has no such
    /// name.</param>
    /// <returns>False: the message waits.</returns>
    public bool Resolve(
        ServerSession server, ReadOnlySpan<byte> name, out PreparedStatement? statement, out byte[]? key)
    {
        key = null;
        if (name.IsEmpty)
        {
            statement = client.Names.Unnamed;
            return !client.Names.IsUnnamedInDoubt(server.Replies) && ResolveUnnamed(server, statement);
        }
        statement = null;
        if (client.Names.IsInDoubt(name, server.Replies))
            return false;
        if (client.HasReal(name))
        {
            client.Real.IsTouched = true;
            return true;
        }
        statement = client.Names.Find(name, out key, out var since);
        if (statement is null)
            return true;
        if (RealNames.AreUsedBy(statement.Traits))
            return client.Real.TryPlace(server, name);
        return _told is { Matters: true } told
            ? EnsureAsTold(server, ref statement, since, key!, told)
            : Ensure(server, statement, since);
    }

    /// <summary>A description of a named statement has come.</summary>
    public void OnDescribed(in ExpectedReply reply, byte code, ReadOnlySpan<byte> body)
    {
        _told ??= new ToldColumns();
        _told.OnDescribed(reply, code, body, registry.NextMoment());
    }

    /// <summary>The ParameterDescription that the client had of a statement; null: not kept.</summary>
    public byte[]? ParametersTold(byte[] name) => _told?.ParametersOf(name);

    /// <summary>It executes a portal without asking for its columns.</summary>
    public void OnUndescribedExecute() => _told?.OnUndescribedExecute();

    /// <summary>The name means something new.</summary>
    public void ForgetTold(ReadOnlySpan<byte> name) => _told?.Forget(name);

    /// <summary>No name means anything any more.</summary>
    public void ForgetAllTold() => _told?.ForgetAll();

    /// <summary>The server will not answer what it was asked ahead of an error.</summary>
    public void OnErrorSent() => _told?.ForgetQuestion();

    /// <summary>
    /// The same for a client that reads rows by what it was told earlier: where that may have changed, the
    /// server is asked first.
    /// </summary>
    private bool EnsureAsTold(
        ServerSession server, ref PreparedStatement? statement, long since, byte[] name, ToldColumns told)
    {
        var presence = server.Prepared.Find(statement!, server.Replies.Group, since);
        if (presence == PreparedPresence.Unsettled)
            return false;
        var isThere = presence == PreparedPresence.Present;
        var parsedAt = isThere ? server.Prepared.ParsedAt(statement!) : long.MaxValue;
        switch (told.StandingOf(name, statement!, parsedAt))
        {
            case ToldStanding.True:
                return Ensure(server, statement!, since);
            case ToldStanding.Unsure:
                return false;
            case ToldStanding.Outdated:
                statement = registry.Outdated;
                return true;
        }
        if (!Ensure(server, statement!, since))
            return false;
        ClientMessageWriter.Describe(ToServer, (byte)'S', statement!.ServerName);
        server.Replies.Add(Ours(ReplyKind.DescribeStatement) with { Statement = statement, Name = name });
        told.OnAsked(name);
        return false;
    }

    /// <param name="since">When the client has parsed it; what the server has must not be older.</param>
    /// <returns>False: whether the server has it depends on replies that are still owed.</returns>
    public bool Ensure(ServerSession server, PreparedStatement statement, long since)
    {
        switch (server.Prepared.Find(statement, server.Replies.Group, since))
        {
            case PreparedPresence.Present:
                RelayMeter.CountPrepared(client.Session, isHit: true);
                return true;
            case PreparedPresence.Unsettled:
                return false;
            case PreparedPresence.Stale:
                Close(server, statement);
                break;
        }
        RelayMeter.CountPrepared(client.Session, isHit: false);
        Add(server, statement);
        if (statement.SqlTypes is not null)
        {
            var execute = Ours(ReplyKind.Execute) with { Statement = statement };
            PrepareBySql(server, statement.ServerName, statement, execute);
            return true;
        }
        Parse(statement.ServerName, statement.Tail);
        server.Replies.Add(Ours(ReplyKind.Parse) with { Statement = statement });
        return true;
    }

    /// <summary>Has the server prepare it, or nothing, under the client's own name.</summary>
    /// <param name="isHollow">
    /// What takes its place can be prepared always, and fails when it is executed.
    /// </param>
    public void Place(ServerSession server, byte[] name, PreparedStatement? statement, bool isHollow)
    {
        if (isHollow)
            statement = registry.Hollow;
        ClientMessageWriter.Close(ToServer, (byte)'S', name);
        server.Replies.Add(Ours(ReplyKind.Close) with { Name = name });
        if (statement is null)
            return;
        if (statement.SqlTypes is not null)
        {
            PrepareBySql(server, Quoted(name), statement, Ours(ReplyKind.Execute) with { Name = name });
            return;
        }
        Parse(name, statement.Tail);
        server.Replies.Add(Ours(ReplyKind.Parse) with { Name = name });
    }

    /// <summary>
    /// Parses a text under a name that the client has already: the server says so, of a name of ours that it
    /// has, after what it has to say of the text. It does so in a failed transaction too.
    /// </summary>
    public void ParseTaken(ServerSession server, byte[] name, ReadOnlySpan<byte> tail)
    {
        var taken = registry.Taken;
        ClientMessageWriter.Close(ToServer, (byte)'S', taken.ServerName);
        server.Replies.Add(Ours(ReplyKind.Close));
        Parse(taken.ServerName, taken.Tail);
        server.Replies.Add(Ours(ReplyKind.Parse));
        Parse(taken.ServerName, tail);
        // It can't succeed: what is owed is no ParseComplete.
        server.Replies.Add(ReplyKind.Bind, taken, name);
    }

    /// <summary>
    /// Ahead of the Execute of an unnamed DEALLOCATE: the name of ours that it speaks of is there exactly if
    /// the client has the one that it means. So it is answered as directly, and nothing must stay. Of a name
    /// that is placed the server alone knows: it refuses our own DEALLOCATE of it, or that has done the work.
    /// </summary>
    public ExpectedReply Deallocate(ServerSession server, byte[] name)
    {
        var gone = registry.Gone;
        ClientMessageWriter.Close(ToServer, (byte)'S', gone.ServerName);
        server.Replies.Add(Ours(ReplyKind.Close));
        var isReal = client.HasReal(name);
        if (isReal)
        {
            client.Real.IsTouched = true;
            RunSql(server, [.. "DEALLOCATE "u8, .. Quoted(name)]);
        }
        var isNamed = client.Names.Find(name) is not null;
        if (isNamed || isReal)
        {
            Parse(gone.ServerName, gone.Tail);
            server.Replies.Add(Ours(ReplyKind.Parse));
        }
        return new ExpectedReply
        {
            Kind = ReplyKind.Execute,
            Statement = gone,
            Name = name,
            Change = isNamed ? client.Names.Change(name, null, server.Replies.Group) : null,
        };
    }

    /// <summary>What is supplied from now on is a group of our own; <see cref="EndAlone"/> ends it.</summary>
    public void BeginAlone() => _alone = new SupplyExchange(client);

    /// <returns>True: the Query must wait for it. False: nothing had to be supplied.</returns>
    public bool EndAlone(ServerSession server)
    {
        if (!server.Replies.IsGroupOpen)
        {
            _alone = null;
            return false;
        }
        ClientMessageWriter.Sync(ToServer);
        server.Replies.Add(Ours(ReplyKind.Sync));
        return true;
    }

    /// <summary>Closes it ahead of a Query that need not await that: a Close never fails.</summary>
    public void CloseAhead(ServerSession server, PreparedStatement statement)
    {
        BeginAlone();
        Close(server, statement);
        EndAlone(server);
        _alone = null;
    }

    /// <summary>Is there an outcome for the Query that has waited?</summary>
    /// <param name="error">What it failed with; null: all is there.</param>
    public bool TryTakeOutcome(out byte[]? error)
    {
        error = _alone?.Error;
        if (_alone is not { IsDone: true })
            return false;
        _alone = null;
        return true;
    }

    /// <summary>The server is gone.</summary>
    public void Forget()
    {
        _alone = null;
        _told?.ForgetQuestion();
    }

    /// <summary>Runs SQL of ours inside whatever group is open; its result is dropped.</summary>
    public void RunSql(ServerSession server, ReadOnlySpan<byte> sql) =>
        RunSql(server, sql, Ours(ReplyKind.Execute));

    public void Add(ServerSession server, PreparedStatement statement)
    {
        if (server.Prepared.Surplus(Limits.StatementsPerServerMax) is { } oldest)
            Close(server, oldest);
        server.Prepared.AddPending(statement, server.Replies.Group, registry.NextMoment());
    }

    public void Close(ServerSession server, PreparedStatement statement)
    {
        ClientMessageWriter.Close(ToServer, (byte)'S', statement.ServerName);
        server.Replies.Add(Ours(ReplyKind.Close) with { Statement = statement });
        server.Prepared.Remove(statement);
    }

    public void Parse(ReadOnlySpan<byte> name, ReadOnlySpan<byte> tail)
    {
        var mark = MessageWriter.Begin(ToServer, ClientCode.Parse);
        ToServer.Write(name);
        ToServer.WriteByte(0);
        ToServer.Write(tail);
        MessageWriter.End(ToServer, mark);
    }

    private bool ResolveUnnamed(ServerSession server, PreparedStatement? statement)
    {
        if (statement is not null && RealNames.AreUsedUnnamed(statement)
            && !client.Real.TryPlace(server, statement.Traits))
            return false;
        if (server.Unnamed.Sent == statement && server.Unnamed.ParsedAt >= client.Names.UnnamedSince)
            return true;
        if (statement is null)
        {
            // Somebody else's statement is unnamed there: it must not answer.
            ClientMessageWriter.Close(ToServer, (byte)'S', default);
            server.Replies.Add(Ours(ReplyKind.CloseUnnamed));
            server.Unnamed.End();
        }
        else
        {
            Parse(default, statement.UnnamedTail);
            server.Replies.Add(Ours(ReplyKind.ParseUnnamed) with { Statement = statement });
            server.Unnamed.Parse(statement, registry.NextMoment());
        }
        return true;
    }

    private ExpectedReply Ours(ReplyKind kind) => new()
    {
        Kind = kind,
        Route = _alone is null ? ReplyRoute.Swallow : ReplyRoute.Internal,
        Exchange = _alone,
    };

    /// <summary>A statement whose types are names: only SQL can prepare it.</summary>
    private void PrepareBySql(
        ServerSession server, ReadOnlySpan<byte> name, PreparedStatement statement, in ExpectedReply execute)
    {
        var sql = new ByteBuffer(statement.Tail.Length + 64);
        sql.Write("PREPARE "u8);
        sql.Write(name);
        if (statement.SqlTypes!.Length > 0)
        {
            sql.WriteByte((byte)'(');
            sql.Write(statement.SqlTypes);
            sql.WriteByte((byte)')');
        }
        sql.Write(" AS "u8);
        sql.Write(statement.Text);
        RunSql(server, sql.Written, execute);
    }

    private void RunSql(ServerSession server, ReadOnlySpan<byte> sql, in ExpectedReply execute)
    {
        var name = registry.HelperName;
        // An error on the way leaves it behind.
        ClientMessageWriter.Close(ToServer, (byte)'S', name);
        ClientMessageWriter.Parse(ToServer, name, sql, []);
        ClientMessageWriter.Bind(ToServer, name, name);
        ClientMessageWriter.Execute(ToServer, name);
        ClientMessageWriter.Close(ToServer, (byte)'P', name);
        server.Replies.Add(Ours(ReplyKind.Close));
        server.Replies.Add(Ours(ReplyKind.Parse));
        server.Replies.Add(Ours(ReplyKind.Bind));
        server.Replies.Add(execute);
        server.Replies.Add(Ours(ReplyKind.Close));
    }

    private static byte[] Quoted(ReadOnlySpan<byte> name)
    {
        var quoted = new ByteBuffer(name.Length + 8);
        quoted.WriteByte((byte)'"');
        foreach (var letter in name)
        {
            if (letter == '"')
                quoted.WriteByte(letter);
            quoted.WriteByte(letter);
        }
        quoted.WriteByte((byte)'"');
        return quoted.Written.ToArray();
    }
}
