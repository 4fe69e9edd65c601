namespace Sento.Postgres.Pinning;

/// <summary>
/// Reads what a statement does by its first word. Words further in are read only where they matter.
/// </summary>
internal static class StatementGrammar
{
    /// <summary>
    /// The reader stands on the statement's first token and is left somewhere in the statement.
    /// </summary>
    public static void Read(ref StatementReader reader)
    {
        while (reader.Token.Is('('))
            reader.Advance();
        if (reader.Word == Word.Explain)
            SkipExplain(ref reader);
        switch (reader.Word)
        {
            case Word.Select or Word.Insert or Word.Update or Word.Delete or Word.With or Word.Values:
                break;
            case Word.Set:
                SettingGrammar.ReadSet(ref reader);
                break;
            case Word.Reset:
                SettingGrammar.ReadReset(ref reader);
                break;
            case Word.Discard:
                SettingGrammar.ReadDiscard(ref reader);
                break;
            case Word.Prepare:
                PreparedGrammar.ReadPrepare(ref reader);
                break;
            case Word.Execute:
                PreparedGrammar.ReadExecute(ref reader);
                break;
            case Word.Deallocate:
                PreparedGrammar.ReadDeallocate(ref reader);
                break;
            case Word.Create:
                ReadCreate(ref reader);
                break;
            case Word.Alter:
                ReadAlter(ref reader);
                break;
            case Word.Declare:
                ReadDeclare(ref reader);
                break;
            case Word.Listen:
                ChannelGrammar.Read(ref reader, ChannelUseKind.Listen);
                break;
            case Word.Unlisten:
                ChannelGrammar.Read(ref reader, ChannelUseKind.Unlisten);
                break;
            case Word.Notify:
                ChannelGrammar.Read(ref reader, ChannelUseKind.Notify);
                break;
            case Word.Commit or Word.End or Word.Rollback or Word.Abort:
                ReadTransactionEnd(ref reader);
                break;
            default:
                reader.Found.Add(OfFirstWord(reader.Word));
                break;
        }
    }

    private static StatementEffects OfFirstWord(Word word) => word switch
    {
        Word.Begin or Word.Start => StatementEffects.TransactionStart,
        Word.Savepoint or Word.Release => StatementEffects.Savepoint,
        Word.Close => StatementEffects.CursorMayEnd,
        Word.Drop => StatementEffects.TempMayEnd,
        Word.Copy => StatementEffects.Copy,
        Word.Load => StatementEffects.Load,
        Word.Do => StatementEffects.Opaque | StatementEffects.ChangesCode,
        Word.Call => StatementEffects.Opaque,
        Word.Table or Word.Merge or Word.Show or Word.Fetch or Word.Move or Word.Lock or Word.Truncate
            or Word.Comment or Word.Grant or Word.Revoke or Word.Vacuum or Word.Analyze or Word.Analyse
            or Word.Reindex or Word.Cluster or Word.Checkpoint or Word.Refresh or Word.Security
            or Word.Reassign or Word.Import => StatementEffects.None,

        // No statement of PostgreSQL 18: a later one's, a relative's, or nonsense that the server refuses.
        _ => StatementEffects.Opaque,
    };

    /// <summary>
    /// Passes EXPLAIN and its options: EXPLAIN EXECUTE executes, EXPLAIN ANALYZE does whatever follows.
    /// </summary>
    private static void SkipExplain(ref StatementReader reader)
    {
        reader.Advance();
        if (reader.Token.Is('('))
        {
            var next = reader.Peek(out var word);
            if (!next.Is('(') && word is not (Word.Select or Word.With or Word.Values or Word.Table))
                SkipOptions(ref reader);
        }
        while (reader.Word is Word.Analyze or Word.Analyse or Word.Verbose && !reader.IsAtEnd)
            reader.Advance();
        while (reader.Token.Is('('))
            reader.Advance();
        if (reader.Word is Word.Insert or Word.Merge)
            reader.Found.Add(StatementEffects.SequenceChange);
    }

    private static void SkipOptions(ref StatementReader reader)
    {
        var depth = reader.Depth;
        do
            reader.Advance();
        while (!reader.IsAtEnd && reader.Depth > depth);
    }

    private static void ReadCreate(ref StatementReader reader)
    {
        reader.WatchDefinition();
        reader.Advance();

        // CREATE TABLE … AS EXECUTE name. Only the first AS of its level can be that one.
        while (!reader.IsAtEnd && !(reader.Word == Word.As && reader.Depth == 0))
            reader.Advance();
        if (reader.Accept(Word.As) && reader.Word == Word.Execute)
            PreparedGrammar.ReadExecute(ref reader);
    }

    /// <summary>
    /// ALTER SYSTEM, ROLE and DATABASE set defaults of sessions to come; their DEFAULT is not code.
    /// </summary>
    private static void ReadAlter(ref StatementReader reader)
    {
        reader.Peek(out var kind);
        var isOfLaterSessions = kind is Word.System or Word.Role or Word.User or Word.Group or Word.Database;
        if (!isOfLaterSessions && kind != Word.Default)
            reader.WatchDefinition();
    }

    private static void ReadDeclare(ref StatementReader reader)
    {
        reader.Found.Add(StatementEffects.DeclareCursor);
        while (!reader.IsAtEnd && reader.Word != Word.For)
        {
            if (reader.Accept(Word.With) && reader.Word == Word.Hold)
                reader.Found.Add(StatementEffects.HoldCursor);
            reader.Advance();
        }
    }

    /// <summary>
    /// COMMIT, END, ROLLBACK, ABORT with [WORK | TRANSACTION] [AND [NO] CHAIN | TO …] or PREPARED.
    /// </summary>
    private static void ReadTransactionEnd(ref StatementReader reader)
    {
        reader.Advance();
        if (reader.Word == Word.Prepared)
            return;
        if (reader.Word is Word.Work or Word.Transaction)
            reader.Advance();
        if (reader.Word == Word.To)
        {
            reader.Found.Add(StatementEffects.Savepoint);
            return;
        }
        reader.Found.Add(StatementEffects.TransactionEnd);
        if (reader.Accept(Word.And) && reader.Word == Word.Chain)
            reader.Found.Add(StatementEffects.TransactionStart);
    }
}
