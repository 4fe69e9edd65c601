namespace Sento.Postgres.Pinning;

/// <summary>What a statement does with a notification channel.</summary>
public enum ChannelUseKind
{
    Listen,
    Unlisten,

    /// <summary>UNLISTEN *; the channel is empty, its place is that of the star.</summary>
    UnlistenAll,

    /// <summary>NOTIFY, or pg_notify with a literal channel.</summary>
    Notify,
}

/// <summary>One use of a notification channel.</summary>
/// <param name="Channel">
/// As PostgreSQL keeps it; each char is one byte, as in <see cref="PreparedNameUse"/>.
/// </param>
/// <param name="NameRange">The channel's name in the text, its quotes included.</param>
public readonly record struct ChannelUse(ChannelUseKind Kind, string Channel, TextRange NameRange)
{
    /// <summary>
    /// The statement in a text of several: first byte to last, without comments around or semicolon.
    /// </summary>
    public TextRange Statement { get; init; }
}
