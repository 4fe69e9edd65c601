using Sento.Base;
using Sento.Model;
using Sento.Postgres.Pinning;
using Sento.Postgres.Replay;
using Sento.Postgres.Server;
using Sento.Postgres.Wire;
using static Sento.Postgres.Client.StatementMessages;

namespace Sento.Postgres.Client;

/// <summary>
/// The client's messages that carry statements: classifies texts, gives names their meaning on this
/// server.
/// </summary>
/// <remarks>
/// A named statement is known to servers by a name of ours and prepared there when first used; the unnamed
/// one travels as it is, and is prepared again where the last Parse went elsewhere.
/// </remarks>
internal sealed class StatementRelay(ClientRelay client, StatementRegistry registry)
{
    private const StatementEffects PinCandidates = StatementEffects.TempObject
        | StatementEffects.AdvisoryLock | StatementEffects.HoldCursor | StatementEffects.Listen
        | StatementEffects.Load | StatementEffects.SetSeed | StatementEffects.TempSlot
        | StatementEffects.Opaque | StatementEffects.SettingsUnknown;

    private const StatementEffects Wholesale = StatementEffects.DeallocateAll | StatementEffects.DiscardAll;

    private const StatementEffects SqlNames = StatementEffects.Prepare | StatementEffects.Execute
        | StatementEffects.Deallocate | StatementEffects.DeallocateAll | StatementEffects.DiscardAll;

    /// <summary>Of what can't be looked into.</summary>
    public static readonly StatementTraits Opaque = StatementScanner.Scan("DO ''"u8, true);

    private SqlNames? _sql;
    private LongStatements? _long;
    private ClientPortals? _portals;
    private StatementSupply? _supply;

    public ClientPortals Portals => _portals ??= new ClientPortals();

    public StatementSupply Supply => _supply ??= new StatementSupply(client, registry);

    /// <summary>A Query waits for what is brought onto the server ahead of it.</summary>
    public bool HoldsLease => _supply is { HoldsLease: true };

    private SqlNames Sql => _sql ??= new SqlNames(client, registry);

    private LongStatements Long => _long ??= new LongStatements(client);

    private ByteBuffer ToServer => client.Session.Loop.ToServer;

    public int Step(ReadOnlySpan<byte> window, MessageHeader header) => header.Code switch
    {
        _ when client.Names.IsCrowded => Wait(),
        ClientCode.Query => OnQuery(window, header),
        ClientCode.Parse => OnParse(window, header),
        ClientCode.Bind => OnBind(window, header),
        ClientCode.Describe => OnDescribe(window, header),
        ClientCode.Execute => OnExecute(window, header),
        ClientCode.Close => OnClose(window, header),
        _ => OnFunctionCall(window, header),
    };

    /// <summary>The server has done what changes a name.</summary>
    public void OnSettled(NameChange change)
    {
        client.Names.Settle(change);
        if (change.Name is { } name && client.Names.Find(name) is null)
            _supply?.ForgetTold(name);
    }

    /// <summary>The client was told an error: what was sent behind it in its group is not done.</summary>
    public void OnErrorSent()
    {
        _supply?.OnErrorSent();
        if (client.Server is { } server)
            _portals?.OnError(server.Replies.OldestGroup);
    }

    /// <summary>No transaction is open and nothing owed.</summary>
    public void OnBoundary() => _portals?.OnBoundary();

    /// <summary>The server connection is gone.</summary>
    public void OnServerLost()
    {
        _supply?.Forget();
        _portals?.OnBoundary();
    }

    private int OnQuery(ReadOnlySpan<byte> window, MessageHeader header)
    {
        if (header.BodyBytes > Limits.StatementBytesMax)
            return Long.OnQuery(window, header);
        if (window.Length < header.TotalBytes)
            return 0;
        var text = TextOf(window[MessageHeader.Bytes..header.TotalBytes]);
        var traits = StatementScanner.Scan(text, client.ConformingStrings);
        if (client.Listening is { } listening && listening.MustCatchUp(traits.Effects))
            return Wait();
        if (client.Pins.IsDueByRds(traits, text.Length))
        {
            if (client.Acquire() is not { } leased)
                return 0;
            client.Pins.AddByRds(text, leased);
        }
        if ((traits.Effects & SqlNames) != 0)
        {
            if (client.Server is { Replies.Count: > 0 })
                return Wait();
            if (Sql.TryAnswer(text, traits, header) is { } done)
            {
                RelayMeter.CountLocal(client.Session);
                return done;
            }
        }
        if (client.Acquire() is not { } server)
            return 0;
        client.Lease.Sequences.GuardQuery(server, traits);
        client.Listening?.BeforeStatement(traits.Effects, server, ToServer);
        Note(traits, text, server);
        server.Unnamed.End();
        var isWholesale = traits.Has(Wholesale);
        if (client.Names.EndUnnamed(server.Replies) is not { } change)
            server.Replies.Add(ReplyKind.Query, isWholesale: isWholesale);
        else
        {
            server.Replies.Add(
                new ExpectedReply { Kind = ReplyKind.Query, IsWholesale = isWholesale, Change = change });
        }
        client.Session.Proxy.Report.OnQuery(client.Session);
        return client.Stream.Forward(window, header.TotalBytes);
    }

    private int OnParse(ReadOnlySpan<byte> window, MessageHeader header)
    {
        if (header.BodyBytes > Limits.StatementBytesMax)
            return Long.OnParse(window, header);
        if (window.Length < header.TotalBytes)
            return 0;
        var reader = new MessageReader(window[MessageHeader.Bytes..header.TotalBytes]);
        var name = reader.ReadText();
        var tail = reader.ReadRest();
        if (tail.IndexOf((byte)0) < 0)
            throw new ProtocolViolation("text in a message has no end");
        if (client.Listening is { HasChannels: true } listening
            && listening.MustCatchUp(
                StatementScanner.Scan(tail[..tail.IndexOf((byte)0)], client.ConformingStrings).Effects))
            return Wait();
        if (client.Acquire() is not { } server)
            return 0;
        return name.IsEmpty
            ? ParseUnnamed(window, header, server, tail)
            : ParseNamed(window, server, header, name, tail);
    }

    private int ParseUnnamed(
        ReadOnlySpan<byte> window, MessageHeader header, ServerSession server, ReadOnlySpan<byte> tail)
    {
        var statement = registry.Hold(tail, client.ConformingStrings, client.Names.Unnamed);
        if (RealNames.AreUsedUnnamed(statement) && !client.Real.TryPlace(server, statement.Traits))
        {
            registry.Release(statement);
            return Wait();
        }
        client.Listening?.BeforeStatement(statement.Traits.Effects, server, ToServer);
        var isTheSame = client.Names.Unnamed == statement && server.Unnamed.Sent == statement
            && !client.Names.IsUnnamedInDoubt(server.Replies);
        NameChange? change = isTheSame
            ? null
            : client.Names.Change(default, statement, server.Replies.Group);
        if (change is null)
        {
            registry.Release(statement);
            client.Names.RenewUnnamed();
        }
        server.Replies.Add(new ExpectedReply
        {
            Kind = ReplyKind.ParseUnnamed,
            Statement = statement,
            Change = change,
            PositionShift = statement.UnnamedTail.Length - statement.Tail.Length,
        });
        server.Unnamed.Parse(statement, registry.NextMoment());
        if (statement.Deallocates is null)
            return client.Stream.Forward(window, header.TotalBytes);
        Supply.Parse(default, statement.UnnamedTail);
        return header.TotalBytes;
    }

    private int ParseNamed(
        ReadOnlySpan<byte> window, ServerSession server, MessageHeader header, ReadOnlySpan<byte> name,
        ReadOnlySpan<byte> tail)
    {
        var group = server.Replies.Group;
        if (client.Names.IsInDoubt(name, server.Replies))
            return Wait();
        var statement = registry.Hold(tail, client.ConformingStrings);
        if (RealNames.AreUsedBy(statement.Traits) || client.HasReal(name))
            return ParseReal(window, server, header, name, statement);
        if (client.Names.Find(name, out var key, out _) is not null)
        {
            registry.Release(statement);
            Supply.ParseTaken(server, key!, tail);
            return header.TotalBytes;
        }
        client.Names.ExpectRoomFor(statement);
        var presence = server.Prepared.Find(statement, group, since: 0);
        if (presence == PreparedPresence.Unsettled
            || (presence != PreparedPresence.Absent && server.Replies.OwesClientGroups))
        {
            registry.Release(statement);
            return Wait();
        }
        client.Listening?.BeforeStatement(statement.Traits.Effects, server, ToServer);
        group = server.Replies.Group;
        // What is there was parsed for somebody else, at another time: the schema may have changed since, and
        // only the server knows.
        if (presence != PreparedPresence.Absent)
            Supply.Close(server, statement);
        var change = client.Names.Change(name, statement, group);
        Supply.ForgetTold(name);
        RelayMeter.CountPrepared(client.Session, isHit: false);
        Supply.Add(server, statement);
        Supply.Parse(statement.ServerName, tail);
        server.Replies.Add(
            new ExpectedReply { Kind = ReplyKind.Parse, Statement = statement, Change = change });
        return header.TotalBytes;
    }

    /// <summary>The name goes to the server as it is, and with it every name that its text speaks of.
    /// </summary>
    private int ParseReal(
        ReadOnlySpan<byte> window, ServerSession server, MessageHeader header, ReadOnlySpan<byte> name,
        PreparedStatement statement)
    {
        var traits = statement.Traits;
        registry.Release(statement);
        if (!client.Real.TryPlace(server, traits) || !client.Real.TryPlaceTarget(server, name))
            return Wait();
        server.Replies.Add(new ExpectedReply { Kind = ReplyKind.Parse, Name = [] });
        return client.Stream.Forward(window, header.TotalBytes);
    }

    private int OnBind(ReadOnlySpan<byte> window, MessageHeader header)
    {
        if (!TryReadNames(window, header, out var portal, out var name, out var namesEnd))
            return 0;
        if (client.Listening is { HasChannels: true } listening && client.Names.Find(name) is { } meant
            && listening.MustCatchUp(meant.Traits.Effects))
            return Wait();
        var setsUnknown = (name.IsEmpty ? client.Names.Unnamed : client.Names.Find(name))
            is { } bound && bound.Traits.Has(StatementEffects.SettingsUnknown);
        if (setsUnknown && window.Length < Math.Min(header.TotalBytes, BoundNames.BytesMax))
            return 0;
        if (client.Acquire() is not { } server)
            return 0;
        if (client.Listening is not null && client.Names.Find(name) is { } known)
            client.Listening.BeforeStatement(known.Traits.Effects, server, ToServer);
        if (!Supply.Resolve(server, name, out var statement, out var key))
            return Wait();
        if (setsUnknown)
        {
            var bind = window[..Math.Min(window.Length, header.TotalBytes)];
            client.State.NoteNames(BoundNames.Find(bind[namesEnd..]));
        }
        if (client.HasReal(name) || (statement is null && name.IsEmpty && server.Unnamed.MayBeLong))
            statement = PreparedStatement.Unknown;
        if (statement is not null && !client.Lease.Sequences.TryGuardGroup(server, statement.Traits))
            return Wait();
        if (client.HasReal(name))
        {
            BindPortal(server, portal, statement, null);
            server.Replies.Add(ReplyKind.Bind);
            return client.Stream.Forward(window, header.TotalBytes);
        }
        BindPortal(server, portal, statement, key);
        if (name.IsEmpty)
        {
            server.Replies.Add(ReplyKind.Bind);
            return client.Stream.Forward(window, header.TotalBytes);
        }
        server.Replies.Add(ReplyKind.Bind, statement, key ?? name.ToArray());
        var serverName = statement?.ServerName ?? registry.NowhereName;
        ToServer.WriteByte(ClientCode.Bind);
        ToServer.WriteInt32(header.BodyBytes + 4 - name.Length + serverName.Length);
        ToServer.Write(portal);
        ToServer.WriteByte(0);
        ToServer.Write(serverName);
        ToServer.WriteByte(0);
        return namesEnd + client.Stream.Forward(window[namesEnd..], header.TotalBytes - namesEnd);
    }

    private int OnDescribe(ReadOnlySpan<byte> window, MessageHeader header)
    {
        if (window.Length < header.TotalBytes)
            return Bounded(header);
        if (client.Acquire() is not { } server)
            return 0;
        var reader = new MessageReader(window[MessageHeader.Bytes..header.TotalBytes]);
        var kind = reader.ReadByte();
        var name = reader.ReadText();
        if (kind != (byte)'S')
        {
            Portals.OnDescribed(name);
            if (name.IsEmpty && Portals.UnnamedStatementName is { } described)
                server.Replies.Add(ReplyKind.DescribePortal, Portals.Unnamed, described);
            else
                server.Replies.Add(ReplyKind.DescribePortal);
            return client.Stream.Forward(window, header.TotalBytes);
        }
        if (!Supply.Resolve(server, name, out var statement, out var key))
            return Wait();
        if (name.IsEmpty || client.HasReal(name))
        {
            server.Replies.Add(ReplyKind.DescribeStatement);
            return client.Stream.Forward(window, header.TotalBytes);
        }
        server.Replies.Add(new ExpectedReply
        {
            Kind = ReplyKind.DescribeStatement,
            Statement = statement,
            Name = key ?? name.ToArray(),
            Answer = ReferenceEquals(statement, registry.Outdated) ? Supply.ParametersTold(key!) : null,
        });
        ClientMessageWriter.Describe(ToServer, (byte)'S', statement?.ServerName ?? registry.NowhereName);
        return header.TotalBytes;
    }

    private int OnExecute(ReadOnlySpan<byte> window, MessageHeader header)
    {
        if (window.Length < header.TotalBytes)
            return Bounded(header);
        if (client.Acquire() is not { } server)
            return 0;
        var portal = new MessageReader(window[MessageHeader.Bytes..header.TotalBytes]).ReadText();
        if (!Portals.TryFind(portal, server.Replies, out var statement))
            return Wait();
        if (portal.IsEmpty && Portals.IsUndescribed)
            Supply.OnUndescribedExecute();
        var gone = statement?.Deallocates;
        if (gone is not null && client.Names.IsInDoubt(gone, server.Replies))
            return Wait();
        if (statement is not null && (statement.Traits.Effects != StatementEffects.None
            || statement.Text.Length > RdsRules.StatementBytesMax))
        {
            var usesReal = RealNames.AreUsedUnnamed(statement);
            if (usesReal && statement.Traits.Has(StatementEffects.Execute)
                && !client.Lease.Sequences.TryGuardGroup(server, PreparedStatement.Unknown.Traits))
                return Wait();
            Note(statement.Traits, statement.Text, server);
            if (usesReal)
                NoteReal(statement.Traits, server);
        }
        var isWholesale = statement is not null && statement.Traits.Has(Wholesale);
        if (gone is not null) server.Replies.Add(Supply.Deallocate(server, gone));
        else server.Replies.Add(ReplyKind.Execute, statement, isWholesale: isWholesale);
        client.Session.Proxy.Report.OnQuery(client.Session);
        client.Stream.Forward(window, header.TotalBytes);
        // A RESET leads below the client's baseline: brought back before anything else of the group runs.
        if (client.State.OwesBaseline)
            Supply.RunSql(server, BaselineRestore.SqlFor(client.State));
        return header.TotalBytes;
    }

    private int OnClose(ReadOnlySpan<byte> window, MessageHeader header)
    {
        if (window.Length < header.TotalBytes)
            return Bounded(header);
        if (client.Acquire() is not { } server)
            return 0;
        var reader = new MessageReader(window[MessageHeader.Bytes..header.TotalBytes]);
        var kind = reader.ReadByte();
        var name = reader.ReadText();
        if (kind == (byte)'S' && !name.IsEmpty)
        {
            if (client.Names.IsInDoubt(name, server.Replies))
                return Wait();
            if (client.HasReal(name))
            {
                client.Real.IsTouched = true;
                server.Replies.Add(ReplyKind.Close);
                return client.Stream.Forward(window, header.TotalBytes);
            }
            // The statement stays on the server for whoever uses the same text next.
            NameChange? change = client.Names.Find(name) is null
                ? null
                : client.Names.Change(name, null, server.Replies.Group);
            server.Replies.Add(new ExpectedReply { Kind = ReplyKind.ElidedClose, Change = change });
            EmitIfDue(server);
            return header.TotalBytes;
        }
        NameChange? unnamed = null;
        if (kind == (byte)'S')
        {
            unnamed = client.Names.Unnamed is null
                ? null
                : client.Names.Change(default, null, server.Replies.Group);
            server.Unnamed.End();
        }
        server.Replies.Add(new ExpectedReply
        {
            Kind = kind == (byte)'S' ? ReplyKind.CloseUnnamed : ReplyKind.Close,
            Change = unnamed,
        });
        return client.Stream.Forward(window, header.TotalBytes);
    }

    private int OnFunctionCall(ReadOnlySpan<byte> window, MessageHeader header)
    {
        if (client.Acquire() is not { } server)
            return 0;
        // It names its function by number: what that does is not known.
        client.Listening?.BeforeStatement(Opaque.Effects, server, ToServer);
        client.Lease.Sequences.GuardQuery(server, Opaque);
        client.Listening?.Note(Opaque, server);
        client.State.Note(Opaque);
        server.Replies.Add(ReplyKind.FunctionCall);
        return client.Stream.Forward(window, header.TotalBytes);
    }

    /// <summary>Follows what a statement on its way may change, by our rules or by RDS's.</summary>
    public void Note(StatementTraits traits, ReadOnlySpan<byte> text, ServerSession server)
    {
        if (client.Pins.IsDueByRds(traits, text.Length))
            client.Pins.AddByRds(text, server);
        if ((traits.Effects & StatementEffects.Notify) != 0)
            server.Notifier.Note(client.ProcessId, client.Session.Loop.Now);
        if ((traits.Effects & ClientState.Followed) == 0)
            return;
        if ((traits.Effects & StatementEffects.Listen) != 0)
            client.Listens();
        client.Listening?.Note(traits, server);
        // Which setting it was may stay unknown: the next client's hand-over resets them all.
        if ((traits.Effects & StatementEffects.SettingsUnknown) != 0)
            server.Residue |= Residue.HiddenCode;
        // A server that had temporary objects before does not look again where a name leads by itself.
        if ((traits.Effects & StatementEffects.TempObject) != 0)
            server.Prepared.MarkAllStale();
        if ((traits.Effects & PinCandidates) != 0)
            client.Pins.NoteStatement(text);
        if ((traits.Effects & StatementEffects.SequenceChange) != 0)
            client.Lease.Sequences.OnAdvanced(server);
        client.State.Note(traits);
    }

    /// <summary>SQL runs that uses names on the server: what it executes may do anything.</summary>
    public void NoteReal(StatementTraits traits, ServerSession server)
    {
        client.Real.IsTouched = true;
        if (!traits.Has(StatementEffects.Execute))
            return;
        Note(PreparedStatement.Unknown.Traits, PreparedStatement.Unknown.Text, server);
    }

    private void BindPortal(
        ServerSession server, ReadOnlySpan<byte> portal, PreparedStatement? statement, byte[]? name)
    {
        Portals.Bind(portal, statement, name, server.Replies.Group);
        // SQL's FETCH executes a portal that has a name, and no Execute speaks of it.
        if (!portal.IsEmpty && statement is not null && statement.Traits.Effects != StatementEffects.None)
            Note(statement.Traits, statement.Text, server);
    }

    /// <summary>The message waits for replies that are owed.</summary>
    public int Wait()
    {
        client.Stall();
        // The group may go on only when its own earlier replies have come, which the server keeps to itself.
        if (client.Server is { Replies: { IsGroupOpen: true, Count: > 0 } })
            ClientMessageWriter.Flush(ToServer);
        return 0;
    }

    private void EmitIfDue(ServerSession server)
    {
        if (server.Replies.Count != 1)
            return;
        // Nothing is owed before it: what was built for the client so far comes first.
        client.Flush();
        server.EmitElidedNow();
    }
}
