using System.Collections.Immutable;
using Sento.Model;
using Sento.Vault;
using Sento.Vault.Auditing;

namespace Sento.Host.Vaults;

/// <summary>Secrets of the vault, with the versions before and to come.</summary>
internal sealed class VaultSecrets(SecretVault? vault, Func<TimeSpan> overlap) : ISecretReader
{
    /// <summary>
    /// Versions before AWSPREVIOUS that clients may still know: each costs a derived key, and a comparison at
    /// a sign-in that fits none of the newer ones.
    /// </summary>
    private const int FormerMax = 8;

    private readonly Dictionary<string, string> _noted = [];

    public async Task<SecretConfig> ReadAsync(
        string id, string name, DateTimeOffset now, CancellationToken cancellation)
    {
        await Task.CompletedTask;
        return Read(id, name, now);
    }

    private SecretConfig Read(string id, string name, DateTimeOffset now)
    {
        if (vault is null)
            throw new SecretFault("there is no vault: make one with sento setup");
        var record = vault.Find(id);
        if (record is null || record.IsDeleted)
            throw new SecretFault(record is null ? "the vault has no such secret"
                : "it is marked for deletion");
        if (record.Holder(Stage.Current) is not { } current)
            throw new SecretFault("it has no value");
        var newest = Login(record, current, name);
        var others = ImmutableArray.CreateBuilder<LoginConfig>();
        // Known to clients a moment from now: the proxy must know it first.
        var pending = record.Holder(Stage.Pending);
        var previous = record.Holder(Stage.Previous);
        Add(others, record, pending, name, isForClients: true, isForServers: true);
        Add(others, record, previous, name, record.CurrentSince + overlap() > now, isForServers: true);
        // Rotations may follow each other faster than the slowest client learns of one.
        var former = record.Versions
            .Where(version => version.CurrentUntil + overlap() > now && version != pending
                && version != previous)
            .OrderByDescending(version => version.CurrentUntil).Take(FormerMax);
        foreach (var version in former)
            Add(others, record, version, name, isForClients: true, isForServers: false);
        Note(record, current, name);
        return newest with { Others = others.ToImmutable() };
    }

    private SecretConfig Login(SecretRecord record, SecretVersion version, string name)
    {
        using var value = vault!.ReadValue(record, version)!;
        return SecretSources.Parse(value, name);
    }

    private void Add(
        ImmutableArray<LoginConfig>.Builder others, SecretRecord record, SecretVersion? version, string name,
        bool isForClients, bool isForServers)
    {
        if (version is not { HasValue: true } || version.Has(Stage.Current))
            return;
        try
        {
            var login = Login(record, version, name);
            others.Add(new LoginConfig(login.UserName, login.Password, isForClients)
            {
                IsForServers = isForServers,
            });
        }
        catch (SecretFault)
        {
            // Something else was put there than a login: nobody can sign in with it anyway.
        }
    }

    /// <summary>Each version that a proxy begins to use is a use like any other.</summary>
    private void Note(SecretRecord record, SecretVersion version, string name)
    {
        if (_noted.GetValueOrDefault(name) == version.Id)
            return;
        _noted[name] = version.Id;
        vault!.Audit.Append(
            new AuditEntry
            {
                Principal = "sento:proxy",
                Operation = "GetSecretValue",
                Secret = record.Arn,
                Version = version.Id,
                Outcome = "done",
                By = "named in Auth",
            },
            isDurable: false);
    }
}
