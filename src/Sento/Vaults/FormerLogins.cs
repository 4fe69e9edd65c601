using System.Collections.Immutable;
using Sento.Model;

namespace Sento.Host.Vaults;

/// <summary>
/// Logins that a source has said before, of one that tells only its newest: clients may know them still. One
/// thread at a time.
/// </summary>
internal sealed class FormerLogins
{
    /// <summary>Each costs a derived key, and a comparison at sign-ins that fit none of the newer.</summary>
    private const int LoginsMax = 8;

    private readonly List<(LoginConfig Login, DateTimeOffset Until)> _logins = [];

    /// <summary>It is the newest no longer.</summary>
    public void Add(SecretConfig secret, DateTimeOffset until)
    {
        _logins.Insert(0, (new LoginConfig(secret.UserName, secret.Password, IsForClients: true), until));
        if (_logins.Count > LoginsMax)
            _logins.RemoveAt(LoginsMax);
    }

    /// <summary>Newest first; none of them is the current one, which may have come back.</summary>
    public ImmutableArray<LoginConfig> At(DateTimeOffset now, SecretConfig current)
    {
        _logins.RemoveAll(former => former.Until <= now
            || (former.Login.UserName == current.UserName
                && former.Login.Password.FixedTimeEquals(current.Password.Span)));
        // The one before may still be right at a server that the change has not reached.
        return [.. _logins.Select((former, i) => former.Login with { IsForServers = i == 0 })];
    }
}
