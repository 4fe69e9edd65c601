using System.Collections.Immutable;
using Sento.Host.Admin;
using Sento.Host.Identities;
using Sento.Model;

namespace Sento.Host;

/// <summary>
/// The running data plane as the process's life sees it: start, take a new snapshot, drain.
/// </summary>
/// <remarks>
/// One instance lives as long as the process. Calls come from the control path, one at a time; they may take
/// as long as a loop needs to answer, never as long as a client or a target.
/// </remarks>
public interface IProxyRuntime
{
    /// <summary>What the administration listener shows.</summary>
    IAdminView View { get; }

    /// <summary>Who may sign in with a token, and where that is looked up.</summary>
    TokenAuthority Tokens { get; }

    /// <summary>
    /// Told by loops when we refused a user's password, or a server refused ours; never waits. Set before the
    /// start.
    /// </summary>
    Action<string>? PasswordRefused { set; }

    /// <summary>
    /// Listens and serves. Targets that are down do not fail the start: their clients wait or are told.
    /// </summary>
    /// <returns>
    /// What could not be done (an address in use, a certificate that can't be read); empty: serving.
    /// </returns>
    ImmutableArray<string> Start(ProxySnapshot snapshot);

    /// <summary>
    /// Makes the running proxies what the snapshot says, without ending a client whose settings still stand.
    /// </summary>
    /// <returns>What could not be applied; the rest of the snapshot is in force all the same.</returns>
    ImmutableArray<string> Apply(ProxySnapshot snapshot);

    /// <summary>Takes no new client, lets open transactions finish, then says goodbye to all.</summary>
    /// <param name="deadline">Time until the clients that are left are ended too.</param>
    /// <param name="atOnce">Cancelled when the rest of the deadline is not to be waited for.</param>
    /// <returns>Clients that were ended inside a transaction.</returns>
    Task<int> DrainAsync(TimeSpan deadline, CancellationToken atOnce);
}
