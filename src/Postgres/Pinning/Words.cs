using System.Runtime.InteropServices;
using System.Text;
using Sento.Base;

namespace Sento.Postgres.Pinning;

/// <summary>Finds the words that the scanner knows by their spelling, whatever its case.</summary>
internal static class Words
{
    private const int TableSize = 1024;

    /// <summary>No known word is as long as this; the server cuts names to one byte less.</summary>
    private const int LengthsMax = NameText.NameBytesMax + 1;

    private const int FamilyBytesMin = 8;

    /// <summary>The words of statements, in the order of <see cref="Word"/>.</summary>
    private const string StatementWords =
        "abort aggregate all alter analyse analyze and as atomic authorization begin call case cast " +
        "chain characteristics check checkpoint close cluster comment commit constraints conversion copy " +
        "create database deallocate declare default deferrable delete discard do domain drop end " +
        "execute explain extension fetch for from function generated global grant group hold " +
        "import insert into isolation language listen load local lock merge move names notify " +
        "operator only option plans policy prepare prepared procedure read reassign refresh reindex " +
        "release replace reset revoke role rollback routine rule savepoint schema security select " +
        "sequences session set show start system table temp temporary time to transaction transform " +
        "trigger true truncate unlisten update user vacuum values verbose view with work write xml zone";

    /// <summary>
    /// Names that matter. What the quiet probe looks for must occur in each: <see cref="QuietProbe"/> has the
    /// list.
    /// </summary>
    private static readonly (Word Word, string Spellings)[] Names =
    [
        (Word.PgSettings, "pg_settings"),
        (Word.PgTemp, "pg_temp"),
        (Word.SetConfig, "set_config"),
        (Word.SetLimit, "set_limit"),
        (Word.PgNotify, "pg_notify"),
        (Word.ReadsChannels, "pg_listening_channels"),
        (Word.TakesAdvisoryLock,
            "pg_advisory_lock pg_advisory_lock_shared pg_try_advisory_lock pg_try_advisory_lock_shared"),
        (Word.ReleasesAdvisoryLock, "pg_advisory_unlock pg_advisory_unlock_shared pg_advisory_unlock_all"),
        (Word.ChangesSequence, "nextval setval"),
        (Word.ReadsSequence, "currval lastval"),
        (Word.SeedsRandom, "setseed"),
        (Word.HoldsProcessState,
            "pg_create_logical_replication_slot pg_create_physical_replication_slot " +
            "pg_copy_logical_replication_slot pg_copy_physical_replication_slot " +
            "pg_replication_origin_session_setup pg_replication_origin_session_reset " +
            "pg_backup_start pg_start_backup"),
        (Word.RunsText, "query_to_xml ts_stat ts_rewrite connectby xpath_table"),
    ];

    /// <summary>
    /// For each length of a word, the letters that words of this length begin with, one bit each.
    /// </summary>
    private static readonly uint[] Initials = new uint[LengthsMax];

    private static readonly Entry[] Table = CreateTable();

    /// <summary>A word without quotes.</summary>
    public static Word Of(ReadOnlySpan<byte> word)
    {
        // Most words are names of tables and columns; length and initial alone tell nearly all of them.
        if (word.IsEmpty || word.Length >= LengthsMax || (Initials[word.Length] & InitialOf(word[0])) == 0)
            return Word.None;
        for (var slot = SlotOf(word); ; slot = (slot + 1) % TableSize)
        {
            var entry = Table[slot];
            if (entry.Spelling is null)
                return OfFamily(word);
            if (Ascii.EqualsIgnoreCase(word, entry.Spelling))
                return entry.Word;
        }
    }

    /// <summary>A quoted name: it means the same as a lower-case word, but is never a key word.</summary>
    public static Word OfQuoted(ReadOnlySpan<byte> name)
    {
        if (name.ContainsAnyInRange((byte)'A', (byte)'Z'))
            return Word.None;
        var word = Of(name);
        return word >= Word.PgSettings ? word : Word.None;
    }

    public static bool IsFunction(Word word) => word >= Word.SetConfig;

    /// <summary>
    /// What a call of the function does; set_config, set_limit and pg_notify have more to tell.
    /// </summary>
    public static StatementEffects EffectsOfCall(Word function) => function switch
    {
        Word.TakesAdvisoryLock => StatementEffects.AdvisoryLock,
        Word.ReleasesAdvisoryLock => StatementEffects.AdvisoryUnlock,
        Word.ChangesSequence => StatementEffects.SequenceChange,
        Word.ReadsSequence => StatementEffects.SequenceRead,
        Word.SeedsRandom => StatementEffects.SetSeed,
        Word.HoldsProcessState => StatementEffects.TempSlot,
        Word.RunsText => StatementEffects.Opaque,
        Word.PgNotify => StatementEffects.Notify,
        Word.ReadsChannels => StatementEffects.ChannelRead,
        _ => StatementEffects.None,
    };

    /// <summary>Names of which only the beginning is known.</summary>
    private static Word OfFamily(ReadOnlySpan<byte> word)
    {
        if (word.Length < FamilyBytesMin)
            return Word.None;
        return (word[0] | 0x20) switch
        {
            'p' when Begins(word, "pg_temp_"u8) || Begins(word, "pg_toast_temp_"u8) => Word.PgTemp,
            'd' when Begins(word, "dblink_"u8) => Word.RunsText,
            'c' when Begins(word, "crosstab"u8) => Word.RunsText,
            'q' when Begins(word, "query_to_xml"u8) => Word.RunsText,
            _ => Word.None,
        };
    }

    private static bool Begins(ReadOnlySpan<byte> word, ReadOnlySpan<byte> lowerCase) =>
        word.Length >= lowerCase.Length && Ascii.EqualsIgnoreCase(word[..lowerCase.Length], lowerCase);

    private static uint InitialOf(byte letter) => 1u << (letter & 31);

    private static int SlotOf(ReadOnlySpan<byte> word)
    {
        uint first = 0;
        uint last = 0;
        if (word.Length >= 4)
        {
            first = MemoryMarshal.Read<uint>(word) | 0x2020_2020;
            last = MemoryMarshal.Read<uint>(word[^4..]) | 0x2020_2020;
        }
        else
        {
            foreach (var letter in word)
                first = first << 8 | letter | 0x20u;
        }
        var mixed = (first * 0x9E37_79B1u) ^ (last * 0x85EB_CA6Bu) ^ ((uint)word.Length * 0xC2B2_AE35u);
        return (int)((mixed ^ mixed >> 15) * 0x2C1B_3C6Du >> 22);
    }

    private static Entry[] CreateTable()
    {
        var table = new Entry[TableSize];
        var word = Word.None;
        foreach (var spelling in StatementWords.Split(' '))
            Add(table, ++word, spelling);
        Invariant.Holds(word == Word.Zone);
        for (var length = FamilyBytesMin; length < LengthsMax; length++)
        {
            foreach (var initial in "pdcq"u8)
                Initials[length] |= InitialOf(initial);
        }
        foreach (var (name, spellings) in Names)
        {
            foreach (var spelling in spellings.Split(' '))
                Add(table, name, spelling);
        }
        return table;
    }

    private static void Add(Entry[] table, Word word, string spelling)
    {
        var bytes = Encoding.ASCII.GetBytes(spelling);
        Initials[bytes.Length] |= InitialOf(bytes[0]);
        var slot = SlotOf(bytes);
        while (table[slot].Spelling is not null)
            slot = (slot + 1) % TableSize;
        table[slot] = new Entry(word, bytes);
    }

    private readonly record struct Entry(Word Word, byte[]? Spelling);
}
