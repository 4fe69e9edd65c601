using System.Collections.Immutable;

namespace Sento.Host.Admin;

/// <summary>
/// What runs, as rows. The loops fill them at a turn's end; no row carries a secret or an SQL value.
/// </summary>
public interface IAdminView
{
    /// <summary>
    /// May be called at any time from any thread, and must answer without waiting for a loop.
    /// </summary>
    HealthReport Health { get; }

    ValueTask<ImmutableArray<ClientRow>> ClientsAsync(CancellationToken cancellation);

    ValueTask<ImmutableArray<ServerRow>> ServersAsync(CancellationToken cancellation);

    ValueTask<ImmutableArray<PinRow>> PinsAsync(CancellationToken cancellation);
}

/// <summary>Whether new clients should be sent here.</summary>
/// <param name="IsDraining">The process is on its way down: no new clients.</param>
/// <param name="Targets">Each target of each proxy.</param>
public sealed record HealthReport(bool IsDraining, ImmutableArray<TargetRow> Targets);

/// <param name="Reason">Why it is down, in words; null: up, or not tried yet.</param>
public sealed record TargetRow(
    string Proxy, string Target, TargetState State, string? Reason, DateTimeOffset Since);

/// <summary>RDS's TargetHealth.State, without the states of its provisioning.</summary>
public enum TargetState { Registering, Available, Unavailable }

/// <param name="State">The session's stage.</param>
/// <param name="ServerId">The server connection it holds now.</param>
/// <param name="WaitingFor">How long it has waited for a server connection.</param>
public sealed record ClientRow(
    long Id, string Proxy, string Endpoint, string User, string Database, string? ApplicationName,
    string Address, bool IsTls, string State, DateTimeOffset Since, long? ServerId, TimeSpan? WaitingFor,
    long Transactions)
{
    /// <summary>Whose token let it in; null: it had a password.</summary>
    public string? Principal { get; init; }
}

/// <param name="BackendPid">The process in the server's own pg_stat_activity.</param>
/// <param name="Until">From then on it is replaced (ServerLifetime, less its own jitter).</param>
/// <param name="ClientId">The client that holds it now.</param>
public sealed record ServerRow(
    long Id, string Proxy, string Target, string User, string Database, int BackendPid, bool IsTls,
    string State, DateTimeOffset Since, DateTimeOffset StateSince, DateTimeOffset Until, long? ClientId,
    int PreparedStatements, long Transactions);

/// <param name="Statement">
/// The statement's fingerprint: its text without values; null: no statement caused it.
/// </param>
/// <param name="EndsWhen">What will end it, in words.</param>
public sealed record PinRow(
    long ClientId, long ServerId, string Proxy, string Endpoint, string User, string Database,
    string Reason, string? Statement, DateTimeOffset Since, string EndsWhen);
