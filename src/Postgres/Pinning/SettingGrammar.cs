namespace Sento.Postgres.Pinning;

/// <summary>
/// SET, RESET and DISCARD. The reader stands on the word itself and is left somewhere in the statement.
/// </summary>
/// <remarks>
/// PostgreSQL 18, SQL Commands: SET, SET CONSTRAINTS, SET ROLE, SET SESSION AUTHORIZATION, SET TRANSACTION,
/// RESET, DISCARD.
/// </remarks>
internal static class SettingGrammar
{
    /// <summary>Bytes of a setting's name, points included: four names of full length.</summary>
    private const int SettingBytesMax = 4 * (NameText.NameBytesMax + 1) + 1;

    public static void ReadSet(ref StatementReader reader)
    {
        reader.Advance();
        var effect = StatementEffects.Settings;
        if (reader.Word is Word.Local or Word.Session && IsScope(ref reader))
        {
            effect = reader.Word == Word.Local ? StatementEffects.LocalSettings : StatementEffects.Settings;
            reader.Advance();
        }
        if (!reader.IsName)
            reader.Found.Add(StatementEffects.Opaque);
        else if (IsPlainName(ref reader) || !TryReadSpecial(ref reader, effect))
            ReadAssignment(ref reader, effect);
    }

    public static void ReadReset(ref StatementReader reader)
    {
        reader.Advance();
        if (!reader.IsName)
        {
            reader.Found.Add(StatementEffects.Opaque);
            return;
        }
        reader.Peek(out var next);
        switch (reader.Word)
        {
            case Word.All:
                reader.Found.Add(StatementEffects.ResetsAllSettings);
                break;
            case Word.Time when next == Word.Zone:
                SettingNames.Add(SettingNames.TimeZone, StatementEffects.ResetsSettings, ref reader.Found);
                break;
            case Word.Session when next == Word.Authorization:
                AddReset(SettingNames.SessionAuthorization, ref reader);
                break;
            case Word.Transaction when next == Word.Isolation:
                reader.Found.Add(StatementEffects.LocalSettings);
                break;
            default:
                Span<char> name = stackalloc char[SettingBytesMax];
                AddReset(name[..ReadName(ref reader, name)], ref reader);
                break;
        }
    }

    public static void ReadDiscard(ref StatementReader reader)
    {
        reader.Advance();
        reader.Found.Add(reader.Word switch
        {
            Word.All => StatementEffects.DiscardAll,
            Word.Temp or Word.Temporary => StatementEffects.DiscardTemp,
            Word.Plans => StatementEffects.DiscardPlans,
            Word.Sequences => StatementEffects.DiscardSequences,
            _ => StatementEffects.Opaque,
        });
    }

    /// <summary>
    /// LOCAL or SESSION is a scope unless it is the setting's own name, or SESSION AUTHORIZATION's first
    /// word.
    /// </summary>
    private static bool IsScope(ref StatementReader reader)
    {
        reader.Peek(out var next);
        return next is not (Word.Authorization or Word.Characteristics) && !IsPlainName(ref reader);
    }

    /// <summary>SET transaction.limit = 1 and SET names TO x name ordinary settings.</summary>
    private static bool IsPlainName(ref StatementReader reader)
    {
        var next = reader.Peek(out var word);
        return next.Is('.') || next.Is('=') || word is Word.To or Word.From;
    }

    private static bool TryReadSpecial(ref StatementReader reader, StatementEffects effect)
    {
        reader.Peek(out var next);
        switch (reader.Word)
        {
            case Word.Transaction or Word.Constraints:
                reader.Found.Add(StatementEffects.LocalSettings);
                return true;
            case Word.Session when next == Word.Characteristics:
                ReadCharacteristics(ref reader, effect);
                return true;
            case Word.Session when next == Word.Authorization:
                return AddValue(ref reader, SettingNames.SessionAuthorization, effect, wordCount: 2);
            case Word.Time when next == Word.Zone:
                return AddValue(ref reader, SettingNames.TimeZone, effect, wordCount: 2);
            case Word.Xml when next == Word.Option:
                return AddValue(ref reader, "xmloption", effect, wordCount: 2);
            case Word.Names:
                return AddValue(ref reader, "client_encoding", effect, wordCount: 1);
            case Word.Schema:
                return AddValue(ref reader, SettingNames.SearchPath, effect, wordCount: 1);
            case Word.Role:
                return AddValue(ref reader, SettingNames.Role, effect, wordCount: 1);
            default:
                return false;
        }
    }

    private static bool AddValue(
        ref StatementReader reader, string name, StatementEffects effect, int wordCount)
    {
        for (var word = 0; word < wordCount; word++)
            reader.Advance();
        AddAssigned(ref reader, name, effect);
        return true;
    }

    private static void ReadAssignment(ref StatementReader reader, StatementEffects effect)
    {
        Span<char> name = stackalloc char[SettingBytesMax];
        name = name[..ReadName(ref reader, name)];
        if (!reader.Token.Is('=') && reader.Word is not (Word.To or Word.From))
        {
            reader.Found.Add(StatementEffects.Opaque);
            return;
        }

        // FROM CURRENT makes a value that was local until now the session's.
        reader.Advance();
        AddAssigned(ref reader, name, effect);
    }

    /// <summary>The reader stands on the value.</summary>
    private static void AddAssigned(
        ref StatementReader reader, scoped ReadOnlySpan<char> name, StatementEffects effect)
    {
        var isDefault = reader.IsAtEnd || reader.Word == Word.Default
            || reader.Word == Word.Local && name is SettingNames.TimeZone;
        if (isDefault && effect == StatementEffects.Settings)
            effect = StatementEffects.ResetsSettings;
        SettingNames.Add(name, effect, ref reader.Found);
        if (name is SettingNames.SearchPath)
            WatchForTempSchema(ref reader);
    }

    /// <summary>
    /// With a temporary schema on the path, CREATE TABLE makes a temporary table without saying so.
    /// </summary>
    private static void WatchForTempSchema(ref StatementReader reader)
    {
        for (; !reader.IsAtEnd; reader.Advance())
        {
            if (NameText.Contains(reader.Token.Of(reader.Text), "pg_temp"u8))
                reader.Found.Add(StatementEffects.TempObject);
        }
    }

    private static void ReadCharacteristics(ref StatementReader reader, StatementEffects effect)
    {
        for (; !reader.IsAtEnd; reader.Advance())
        {
            var name = reader.Word switch
            {
                Word.Isolation => "default_transaction_isolation",
                Word.Read when IsReadMode(ref reader) => "default_transaction_read_only",
                Word.Deferrable => "default_transaction_deferrable",
                _ => null,
            };
            if (name is not null)
                SettingNames.Add(name, effect, ref reader.Found);
        }
    }

    /// <summary>READ ONLY, READ WRITE; but not LEVEL READ COMMITTED or REPEATABLE READ.</summary>
    private static bool IsReadMode(ref StatementReader reader)
    {
        reader.Peek(out var next);
        return next is Word.Only or Word.Write;
    }

    private static void AddReset(scoped ReadOnlySpan<char> name, ref StatementReader reader) =>
        SettingNames.Add(name, StatementEffects.ResetsSettings, ref reader.Found);

    /// <summary>
    /// One or more names with points between them, in lower case: the server compares names of settings
    /// without case.
    /// </summary>
    /// <returns>The name's length; a longer one than any setting has is cut.</returns>
    private static int ReadName(ref StatementReader reader, scoped Span<char> name)
    {
        var length = NameText.Read(reader.Token, reader.Text, name);
        reader.Advance();
        while (reader.Token.Is('.') && length + NameText.NameBytesMax + 2 <= name.Length)
        {
            reader.Advance();
            if (!reader.IsName)
                break;
            name[length++] = '.';
            length += NameText.Read(reader.Token, reader.Text, name[length..]);
            reader.Advance();
        }
        NameText.Lower(name[..length]);
        return length;
    }
}
