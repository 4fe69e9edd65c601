using Sento.Postgres.Wire;

namespace Sento.Postgres.Client;

/// <summary>What is known of a server connection that ended while a client held it.</summary>
internal readonly ref struct ServerLoss
{
    public required string Why { get; init; }

    /// <summary>The error that the server sent before it closed; null: none.</summary>
    public required ErrorFields? LastWords { get; init; }

    /// <summary>The client has had the first part of a message whose rest will not come.</summary>
    public required bool IsMidMessage { get; init; }

    /// <summary>Groups of messages whose ReadyForQuery will not come.</summary>
    public required int GroupsOwed { get; init; }

    /// <summary>Messages of a further group were sent, but not yet its end.</summary>
    public required bool IsGroupOpen { get; init; }

    /// <summary>The client had sent nothing yet.</summary>
    public required bool WasUnused { get; init; }

    /// <summary>All that the client had sent, if it is certain that the server has not read it.</summary>
    public required ReadOnlySpan<byte> Unread { get; init; }
}
