using System.Collections.Immutable;
using Sento.Base;

namespace Sento.Model;

/// <summary>
/// User name and password as they stood when they were read last; while they are being changed, also those
/// before and those to come.
/// </summary>
public sealed record SecretConfig(string Name, string UserName, SecretBytes Password)
{
    /// <summary>Newest first; none for a secret that stands in the configuration itself.</summary>
    public ImmutableArray<LoginConfig> Others { get; init; } = [];

    /// <summary>Read from the vault or another source, and possibly not there yet.</summary>
    public bool IsExternal { get; init; }

    // A configuration read again makes new secret objects: what counts is whether the bytes are the same.
    public bool Equals(SecretConfig? other) =>
        other is not null && Name == other.Name && UserName == other.UserName
        && Password.FixedTimeEquals(other.Password.Span) && IsExternal == other.IsExternal
        && Others.SequenceEqual(other.Others);

    public override int GetHashCode() => HashCode.Combine(Name, UserName);
}

/// <summary>Another name and password of the same secret.</summary>
/// <param name="IsForClients">
/// Clients may still, or already, sign in with it. Servers are offered it when the newest is refused.
/// </param>
public sealed record LoginConfig(string UserName, SecretBytes Password, bool IsForClients)
{
    /// <summary>False: too old for any server, while clients may still sign in with it.</summary>
    public bool IsForServers { get; init; } = true;

    public bool Equals(LoginConfig? other) =>
        other is not null && UserName == other.UserName && IsForClients == other.IsForClients
        && IsForServers == other.IsForServers
        && Password.FixedTimeEquals(other.Password.Span);

    public override int GetHashCode() => HashCode.Combine(UserName, IsForClients);
}
