namespace Sento.Postgres.Pinning;

/// <summary>
/// Reads ahead into the arguments of a call. The lexer it is given stands behind the opening parenthesis.
/// </summary>
internal static class CallGrammar
{
    /// <summary>
    /// Tokens read ahead for one call, so that calls within calls cost linear time. Beyond: not a literal.
    /// </summary>
    private const int TokensMax = 64;

    /// <summary>set_config(name, value, is_local). PostgreSQL 18, System Administration Functions.</summary>
    public static void ReadSetConfig(Lexer lexer, ref TraitsBuilder found)
    {
        var budget = TokensMax;
        var name = Argument.Read(ref lexer, ref budget);
        var value = name.Ender == ',' ? Argument.Read(ref lexer, ref budget) : default;
        var scope = value.Ender == ',' ? Argument.Read(ref lexer, ref budget) : default;
        var isLocal = scope.Ender == ')' && scope.IsTrue(lexer.Text);
        Span<char> literal = stackalloc char[NameText.LiteralBytesMax];
        if (name.Ender != ',' || !name.TryReadLiteral(lexer.Text, literal, out var length))
        {
            found.Add(isLocal ? StatementEffects.LocalSettings : StatementEffects.SettingsUnknown);
            return;
        }
        var setting = literal[..length];
        NameText.Lower(setting);
        var effect = isLocal ? StatementEffects.LocalSettings : StatementEffects.Settings;
        SettingNames.Add(setting, effect, ref found);
        if (setting is SettingNames.SearchPath && NameText.Contains(value.First.Of(lexer.Text), "pg_temp"u8))
            found.Add(StatementEffects.TempObject);
    }

    /// <summary>pg_notify(channel, payload): a channel that is computed is not listed.</summary>
    public static void ReadNotify(Lexer lexer, ref TraitsBuilder found)
    {
        var budget = TokensMax;
        var channel = Argument.Read(ref lexer, ref budget);
        Span<char> literal = stackalloc char[NameText.LiteralBytesMax];
        if (channel.TryReadLiteral(lexer.Text, literal, out var length))
        {
            var range = new TextRange(channel.First.Start, channel.First.End);
            found.AddChannel(new ChannelUse(ChannelUseKind.Notify, literal[..length].ToString(), range));
        }
    }
}
