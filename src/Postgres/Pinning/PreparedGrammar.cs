namespace Sento.Postgres.Pinning;

/// <summary>PREPARE, EXECUTE and DEALLOCATE. The reader stands on the word itself.</summary>
/// <remarks>PostgreSQL 18, SQL Commands: PREPARE, EXECUTE, DEALLOCATE, PREPARE TRANSACTION.</remarks>
internal static class PreparedGrammar
{
    public static void ReadPrepare(ref StatementReader reader)
    {
        reader.Advance();
        var next = reader.Peek(out _);
        var isText = next.Kind is TokenKind.Text or TokenKind.EscapedText or TokenKind.DollarText;
        if (reader.Word == Word.Transaction && isText)
        {
            reader.Found.Add(StatementEffects.TransactionEnd);
            return;
        }
        reader.Found.Add(StatementEffects.Prepare);
        if (!TryReadName(ref reader, PreparedNameUseKind.Prepare, out var use))
            return;
        if (reader.Token.Is('('))
            use = use with { Types = ReadTypes(ref reader) };
        if (!reader.Accept(Word.As) || reader.IsAtEnd)
        {
            reader.Found.Add(StatementEffects.Opaque);
            return;
        }

        // Its end is known when the statement's is.
        var body = new TextRange(reader.Token.Start, reader.Token.Start);
        reader.Found.AddPreparedName(use with { Body = body });
    }

    public static void ReadExecute(ref StatementReader reader)
    {
        reader.Advance();
        reader.Found.Add(StatementEffects.Execute);
        if (TryReadName(ref reader, PreparedNameUseKind.Execute, out var use))
            reader.Found.AddPreparedName(use);
    }

    public static void ReadDeallocate(ref StatementReader reader)
    {
        reader.Advance();
        if (reader.Word == Word.Prepare && reader.Peek(out _).IsName)
            reader.Advance();
        var isAll = reader.Word == Word.All;
        var kind = isAll ? PreparedNameUseKind.DeallocateAll : PreparedNameUseKind.Deallocate;
        reader.Found.Add(isAll ? StatementEffects.DeallocateAll : StatementEffects.Deallocate);
        if (TryReadName(ref reader, kind, out var use))
            reader.Found.AddPreparedName(use);
    }

    /// <summary>Passes the name; without one the statement is not understood.</summary>
    private static bool TryReadName(
        ref StatementReader reader, PreparedNameUseKind kind, out PreparedNameUse use)
    {
        use = default;
        if (!reader.IsName || NameText.IsAmbiguous(reader.Token, reader.Text))
        {
            reader.Found.Add(StatementEffects.Opaque);
            return false;
        }
        var token = reader.Token;
        var name = kind == PreparedNameUseKind.DeallocateAll ? "" : NameText.Name(token, reader.Text);
        use = new PreparedNameUse(kind, name, new TextRange(token.Start, token.End));
        reader.Advance();
        return true;
    }

    private static TextRange ReadTypes(ref StatementReader reader)
    {
        var start = reader.Token.End;
        var depth = reader.Depth;
        var end = start;
        do
        {
            reader.Advance();
            end = reader.Token.Start;
        }
        while (!reader.IsAtEnd && !(reader.Depth == depth + 1 && reader.Token.Is(')')));
        reader.Advance();
        return new TextRange(start, end);
    }
}
