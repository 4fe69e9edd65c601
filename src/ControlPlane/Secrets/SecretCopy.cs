using System.Collections.Immutable;
using Sento.ControlPlane.Api;
using Sento.Vault;

namespace Sento.ControlPlane.Secrets;

/// <summary>What another vault says of a secret that it wants copied here. Immutable.</summary>
internal sealed record SecretCopy
{
    private const int VersionsMax = 1000;

    /// <summary>The copy's: that of the secret, in this vault's region.</summary>
    public required string Arn { get; init; }

    public required string Name { get; init; }

    public required string PrimaryRegion { get; init; }

    public bool OverwritesOther { get; private init; }

    /// <summary>With their labels; without those that nobody can ask for.</summary>
    public ImmutableArray<SecretVersion> Versions { get; private init; } = [];

    /// <exception cref="ApiFault">It is not for this vault, or makes no sense.</exception>
    public static SecretCopy Read(SecretsCall call)
    {
        var input = call.Input;
        var name = input.Required("Name", 1, SecretId.NameCharactersMax);
        if (!SecretId.IsName(name))
            throw SecretsCall.InvalidName();
        var vault = call.Vault;
        if (input.Required("Region", 1, 128) is var region && region != vault.Region)
            throw ApiFault.InvalidParameter($"This vault is in region {vault.Region}, not in {region}.");
        var primary = input.Required("PrimaryARN", 1, 2048);
        if (primary.Split(':') is not ["arn", _, "secretsmanager", { } from, { } account, "secret", { } end]
            || from.Length == 0 || from == vault.Region || !SecretId.IsNameWithEnd(end, name))
            throw ApiFault.InvalidParameter("PrimaryARN is not the ARN of that secret in another region.");
        if (account != vault.AccountId)
            throw ApiFault.InvalidParameter($"This vault is of account {vault.AccountId}, not of {account}.");
        return new SecretCopy
        {
            Arn = $"arn:aws:secretsmanager:{vault.Region}:{account}:secret:{end}",
            Name = name,
            PrimaryRegion = from,
            OverwritesOther = input.Flag("Overwrite") ?? false,
            Versions = [.. (input.Items("Versions", VersionsMax) ?? []).Select(ReadVersion)],
        };
    }

    /// <summary>The record as the message has it; all values are there.</summary>
    public SecretRecord ApplyTo(SecretsCall call, SecretRecord record)
    {
        var input = call.Input;
        var policy = input.Text("ResourcePolicy", 1, ResourcePolicies.CharactersMax);
        if (policy is not null)
            ResourcePolicies.Check(policy, mayBePublic: true);
        var versions = record.Versions.Select(known =>
            Versions.FirstOrDefault(version => version.Id == known.Id) is { } told
                ? known with { Stages = told.Stages }
                : known with { Stages = [] });
        record = record with
        {
            Description = input.Text("Description", 0, 2048),
            ResourcePolicy = policy,
            Tags = TagRules.Read(input) is { } tags ? TagRules.Add([], tags) : null,
            CreatedDate = Date(input, "CreatedDate") ?? record.CreatedDate,
            LastChangedDate = Date(input, "LastChangedDate"),
            Versions = [.. versions],
        };
        (record, var forgotten) = StagingLabels.Prune(record, call.Now);
        foreach (var id in forgotten)
            call.Changes.RemoveValue(record.Arn, id);
        return record;
    }

    private static SecretVersion ReadVersion(Parameters item) => new(
        item.Required("VersionId", 1, 64),
        [.. (item.Texts("VersionStages", Actions.PutSecretValue.StagesMax, 256) ?? [])
            .Distinct(StringComparer.Ordinal)],
        Date(item, "CreatedDate") ?? throw Parameters.Missing("CreatedDate"));

    private static DateTimeOffset? Date(Parameters input, string name) =>
        input.Integer(name, 0, 253_402_300_799_999) is { } milliseconds
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : null;
}
