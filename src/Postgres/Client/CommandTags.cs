using Sento.Base;
using Sento.Postgres.Pinning;
using Sento.Postgres.Replay;
using Sento.Postgres.Server;

namespace Sento.Postgres.Client;

/// <summary>
/// What the command tags of one client's statements tell exactly and for nothing: changes of the schema and
/// of the settings that sessions begin with, and that all names or the whole session were discarded.
/// </summary>
/// <remarks>Two flags inside their client, of which there are ten thousand.</remarks>
internal struct CommandTags
{
    private bool _madeSchema;
    private bool _madeDefaults;

    public void OnCommandComplete(ClientRelay client, ReadOnlySpan<byte> tag)
    {
        if (IsSchemaChange(tag))
        {
            NoteSchemaChange(client);
            _madeSchema = true;
            _madeDefaults |= tag.StartsWith("ALTER ROLE"u8) || tag.StartsWith("ALTER DATABASE"u8);
        }
        if ((client.State.Pending & (StatementEffects.DeallocateAll | StatementEffects.DiscardAll)) != 0)
            OnWholesaleTag(client, tag);
    }

    /// <summary>A transaction is over: what it has changed can be seen by others from now on.</summary>
    public void OnTransactionOver(ClientRelay client)
    {
        if (_madeSchema)
            NoteSchemaChange(client);
        if (_madeDefaults)
            NoteDefaultsChange(client);
    }

    /// <summary>New code may hide state from all users of its database until its catalog is read.</summary>
    public static void NoteCodeChange(ClientRelay client)
    {
        foreach (var pool in client.Pool.Target.Pools)
        {
            if (pool.Key.Database == client.Pool.Key.Database)
                PoolFacts.Of(pool).OnCodeChanged();
        }
    }

    /// <summary>Statements that may give other columns to queries that are prepared already.</summary>
    private static bool IsSchemaChange(ReadOnlySpan<byte> tag) =>
        tag.Length > 5 && tag[0] is (byte)'A' or (byte)'D' or (byte)'C'
        && (tag.StartsWith("ALTER "u8) || tag.StartsWith("DROP "u8) || tag.StartsWith("CREATE VIEW"u8)
            || tag.StartsWith("CREATE FUNCTION"u8) || tag.StartsWith("CREATE RULE"u8));

    /// <summary>Others see a change when it is committed: it counts when made and once more then.</summary>
    private void NoteSchemaChange(ClientRelay client)
    {
        _madeSchema = false;
        Schema.Of(client.Pool).Generation++;
    }

    /// <summary>
    /// A session begins with what its role and database are set to: connections of before have other
    /// defaults.
    /// </summary>
    private void NoteDefaultsChange(ClientRelay client)
    {
        _madeDefaults = false;
        var target = client.Pool.Target;
        // Later: nobody may get another's connection in the middle of this reply.
        target.Loop.Post(() =>
        {
            foreach (var pool in target.Pools.ToArray())
            {
                PoolFacts.Of(pool).ForgetDefaults();
                pool.Retire(EndReason.ServerStale);
            }
        });
    }

    private static void OnWholesaleTag(ClientRelay client, ReadOnlySpan<byte> tag)
    {
        var text = tag[..Math.Max(0, tag.IndexOf((byte)0))];
        var isDiscard = text.SequenceEqual("DISCARD ALL"u8);
        if (!isDiscard && !text.SequenceEqual("DEALLOCATE ALL"u8))
            return;
        var server = client.Server!;
        server.Prepared.Clear();
        // The unnamed statement is none of those that it ends.
        client.Names.Clear(unnamedToo: false);
        client.Statements.Supply.ForgetAllTold();
        if (!isDiscard)
            return;
        client.Real.Forget();
        server.SequencesAdvanced = false;
        client.State.ResetAll(server);
        client.Pins.OnDiscardAll();
    }
}
