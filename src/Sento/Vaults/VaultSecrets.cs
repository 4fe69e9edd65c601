using System.Collections.Immutable;
using Sento.Model;
using Sento.Vault;
using Sento.Vault.Auditing;

namespace Sento.Host.Vaults;

/// <summary>Secrets of the vault, with the versions before and to come.</summary>
internal sealed class VaultSecrets(SecretVault? vault, Func<TimeSpan> overlap) : ISecretReader
{
    private readonly Dictionary<string, string> _noted = [];

    public Task<SecretConfig> ReadAsync(
        string id, string name, DateTimeOffset now, CancellationToken cancellation) =>
        Task.FromResult(Read(id, name, now));

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
        Add(others, record, Stage.Pending, isForClients: true, name);
        Add(others, record, Stage.Previous, record.CurrentSince + overlap() > now, name);
        Note(record, current, name);
        return newest with { Others = others.ToImmutable() };
    }

    private SecretConfig Login(SecretRecord record, SecretVersion version, string name)
    {
        using var value = vault!.ReadValue(record, version)!;
        return SecretSources.Parse(value, name);
    }

    private void Add(
        ImmutableArray<LoginConfig>.Builder others, SecretRecord record, string stage, bool isForClients,
        string name)
    {
        if (record.Holder(stage) is not { HasValue: true } version || version.Has(Stage.Current))
            return;
        try
        {
            var login = Login(record, version, name);
            others.Add(new LoginConfig(login.UserName, login.Password, isForClients));
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
