namespace Sento.Postgres.Pinning;

/// <summary>LISTEN, UNLISTEN and NOTIFY. The reader stands on the word itself.</summary>
/// <remarks>PostgreSQL 18, SQL Commands: LISTEN, UNLISTEN, NOTIFY.</remarks>
internal static class ChannelGrammar
{
    public static void Read(ref StatementReader reader, ChannelUseKind kind)
    {
        reader.Found.Add(kind switch
        {
            ChannelUseKind.Listen => StatementEffects.Listen,
            ChannelUseKind.Notify => StatementEffects.Notify,
            _ => StatementEffects.Unlisten,
        });
        reader.Advance();
        var token = reader.Token;
        var range = new TextRange(token.Start, token.End);
        if (kind == ChannelUseKind.Unlisten && token.Is('*'))
            reader.Found.AddChannel(new ChannelUse(ChannelUseKind.UnlistenAll, "", range));
        else if (reader.IsName && !NameText.IsAmbiguous(token, reader.Text))
            reader.Found.AddChannel(new ChannelUse(kind, NameText.Name(token, reader.Text), range));
        else
            reader.Found.Add(StatementEffects.Opaque);
    }
}
