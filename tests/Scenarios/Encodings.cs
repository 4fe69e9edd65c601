using System.Text;
using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>
/// Client encodings in which the second byte of a letter looks like ASCII: a backslash that escapes nothing,
/// a capital that must not be folded. Who takes such bytes for ASCII sees strings and names end elsewhere
/// than the server does.
/// </summary>
public sealed class Encodings(Ground ground) : Play(ground)
{
    private const string View =
        "select current_setting('work_mem'), coalesce(current_setting('app.tenant', true), '')";

    /// <summary>An encoding, and a letter of it in hexadecimal whose second byte is the backslash.</summary>
    public static readonly TheoryData<string, string> LettersWithBackslash = new()
    {
        { "SJIS", "955C" }, { "SHIFT_JIS_2004", "835C" }, { "BIG5", "A55C" }, { "GBK", "815C" },
        { "GB18030", "815C" },
    };

    /// <summary>An encoding, and two letters that folding to lower case would make one.</summary>
    public static readonly TheoryData<string, string, string> LettersInCases = new()
    {
        { "SJIS", "8341", "8361" }, { "BIG5", "A45A", "A47A" }, { "GBK", "8141", "8161" },
        { "UHC", "8141", "8161" }, { "GB18030", "8141", "8161" }, { "SJIS", "835C", "8360" },
    };

    [Theory]
    [MemberData(nameof(LettersWithBackslash))]
    public Task A_letter_with_a_backslash_hides_no_statement(string encoding, string letter) =>
        Compare(async side =>
        {
            var client = await side.Open(("client_encoding", encoding));
            var other = await side.Open();
            foreach (var text in new[]
            {
                "select '{0}'", "select E'{0}', E'a\\{0}b'", "select E'{0}'; set work_mem = '7MB'",
                "select E'{0}\\'; set work_mem = ''9MB''; --'",
                "select E'\\{0}'; set work_mem = '11MB'; select 'x'",
                "select '{0}' || 'a'; set app.tenant = '{0}'", "set app.tenant = E'{0}'",
                "select \"{0}\" from (select 1 \"{0}\") t", "set app.tenant to {0}",
                "select {0} from (select 1 as {0}) t; set work_mem = '13MB'",
            })
            {
                await Ask(client, text, letter);
                await other.Query(View);
                await client.Query(View);
            }
        });

    [Theory]
    [MemberData(nameof(LettersWithBackslash))]
    public Task A_setting_in_a_prepared_text_follows_too(string encoding, string letter) =>
        Compare(async side =>
        {
            var client = await side.Open(("client_encoding", encoding));
            var other = await side.Open();
            foreach (var text in new[]
            {
                "select set_config('app.tenant', E'{0}', false)", "select E'{0}\\'', set_config('x'",
            })
            {
                await client.Ask(ParseOf(text, letter), Bind("", ""), Execute(), Sync());
                await other.Query(View);
                await client.Query(View);
            }
        });

    [Theory]
    [MemberData(nameof(LettersInCases))]
    public Task Names_are_not_folded_inside_a_letter(string encoding, string letter, string otherLetter) =>
        Compare(async side =>
        {
            var client = await side.Open(("client_encoding", encoding));
            var other = await side.Open(("client_encoding", encoding));
            await Ask(client, "prepare {0} as select 'first'", letter);
            await Ask(client, "prepare {0} as select 'second'", otherLetter);
            foreach (var text in new[] { "execute {0}", "deallocate {0}", "execute {0}" })
            {
                await Ask(client, text, letter);
                await Ask(client, text, otherLetter);
                await Ask(other, text, letter);
            }
        });

    [Theory]
    [MemberData(nameof(LettersInCases))]
    public Task Channels_are_not_folded_inside_a_letter(string encoding, string letter, string otherLetter) =>
        Compare(async side =>
        {
            var client = await side.Open(("client_encoding", encoding));
            await Ask(client, "listen {0}", letter);
            await Ask(client, "notify {0}, 'for nobody'", otherLetter);
            await Ask(client, "notify {0}, 'for it'", letter);
            await Ask(client, "notify \"{0}\", 'quoted'", letter);
            await Ask(client, "unlisten {0}", letter);
            await Ask(client, "notify {0}, 'too late'", letter);
        });

    [Theory]
    [MemberData(nameof(LettersWithBackslash))]
    public Task Values_and_copies_arrive_as_they_were_written(string encoding, string letter) =>
        Compare(async side =>
        {
            var client = await side.Open(("client_encoding", encoding));
            var other = await side.Open();
            await client.Query("create table t (v text)");
            await Ask(client, "insert into t values ('{0}') returning v", letter);
            var insert = ParseOf("insert into t select '{0}' || v from t returning v, '{0}'", letter);
            await client.Ask(insert, Bind("", ""), Execute(), Sync());
            await other.Query("select v from t order by v");
            await client.Send(Query("copy t from stdin"));
            await client.Receive();
            await client.Ask(CopyData(Bytes("x{0}y\n", letter)), CopyDone());
            await client.Query("copy t to stdout");
            await other.Query("copy t to stdout");
        });

    private static Task<Replies> Ask(ScriptedClient client, string text, string letter) =>
        client.Ask(Typed('Q', [.. Bytes(text, letter), 0]));

    private static byte[] ParseOf(string text, string letter) =>
        Typed('P', [0, .. Bytes(text, letter), 0, 0, 0]);

    /// <summary>The text with the letter's bytes wherever it says {0}.</summary>
    private static byte[] Bytes(string text, string letter)
    {
        var latin = Encoding.Latin1.GetString(Convert.FromHexString(letter));
        return Encoding.Latin1.GetBytes(text.Replace("{0}", latin, StringComparison.Ordinal));
    }
}
