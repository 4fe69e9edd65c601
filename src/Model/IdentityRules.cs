using System.Collections.Immutable;

namespace Sento.Model;

/// <summary>Whether tokens can be told apart, and made for these endpoints at all.</summary>
internal static class IdentityRules
{
    private const int AccessKeyIdCharactersMin = 16;
    private const int AccessKeyIdCharactersMax = 128;

    public static void Check(IdentitiesConfig identities, ImmutableArray<Fault>.Builder faults)
    {
        const string path = "Identities";
        SnapshotValidator.CheckProperties(IdentityProperties.All, identities, path, faults);
        SnapshotValidator.CheckUnique(
            identities.Users.Select((user, i) => (user.UserName, $"{path}.Users[{i}].UserName")), "user",
            faults);
        CheckIssuers(identities.Issuers, $"{path}.Issuers", faults);
        if (identities.AwsCallers is { } callers)
            CheckCallers(callers, $"{path}.AwsCallers", faults);
        var keys = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < identities.Users.Length; i++)
        {
            var user = identities.Users[i];
            SnapshotValidator.CheckProperties(UserProperties.All, user, $"{path}.Users[{i}]", faults);
            for (var k = 0; k < user.AccessKeys.Length; k++)
                CheckKey(user.AccessKeys[k].AccessKeyId, $"{path}.Users[{i}].AccessKeys[{k}]", keys, faults);
        }
    }

    private static void CheckIssuers(
        ImmutableArray<IssuerConfig> issuers, string path, ImmutableArray<Fault>.Builder faults)
    {
        SnapshotValidator.CheckUnique(
            issuers.Select((issuer, i) => (issuer.Issuer, $"{path}[{i}].Issuer")), "issuer", faults);
        for (var i = 0; i < issuers.Length; i++)
        {
            SnapshotValidator.CheckProperties(IssuerProperties.All, issuers[i], $"{path}[{i}]", faults);
            if (issuers[i].JwksFile is not null && issuers[i].JwksUri is not null)
                faults.Add(new Fault(
                    $"{path}[{i}].JwksFile", "either JwksFile or JwksUri says where keys are"));
            for (var u = 0; u < issuers[i].Users.Length; u++)
                SnapshotValidator.CheckProperties(
                    ClaimedUserProperties.All, issuers[i].Users[u], $"{path}[{i}].Users[{u}]", faults);
        }
    }

    private static void CheckCallers(
        AwsCallersConfig callers, string path, ImmutableArray<Fault>.Builder faults)
    {
        SnapshotValidator.CheckProperties(AwsCallersProperties.All, callers, path, faults);
        for (var u = 0; u < callers.Users.Length; u++)
            SnapshotValidator.CheckProperties(
                AwsCallerProperties.All, callers.Users[u], $"{path}.Users[{u}]", faults);
    }

    /// <summary>An endpoint that listens everywhere has no name of its own.</summary>
    public static void CheckHosts(ProxyConfig proxy, string path, ImmutableArray<Fault>.Builder faults)
    {
        if (proxy.DefaultAuthScheme == DefaultAuthScheme.None
            && proxy.Auth.All(auth => auth.IAMAuth == IamAuth.Disabled))
            return;
        for (var i = 0; i < proxy.Endpoints.Length; i++)
        {
            var endpoint = proxy.Endpoints[i];
            var isEverywhere = endpoint.Listen.Any(text =>
                ListenAddress.TryParse(text, out var address) && address.IsEverywhere);
            if (isEverywhere && endpoint.AdvertisedHosts.IsEmpty)
            {
                faults.Add(Fault.Note(
                    $"{path}.Endpoints[{i}].Listen",
                    "tokens are taken for localhost only: AdvertisedHosts says what clients "
                    + "elsewhere call it"));
            }
            if (endpoint.AdvertisedHosts.Contains("*"))
            {
                faults.Add(Fault.Note(
                    $"{path}.Endpoints[{i}].AdvertisedHosts",
                    "\"*\" takes tokens that were made for other servers too"));
            }
        }
    }

    private static void CheckKey(
        string id, string path, HashSet<string> seen, ImmutableArray<Fault>.Builder faults)
    {
        var isId = id.Length is >= AccessKeyIdCharactersMin and <= AccessKeyIdCharactersMax
            && id.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
        if (!isId)
        {
            faults.Add(new Fault(
                $"{path}.AccessKeyId",
                $"\"{id}\" is not the id of an access key; allowed: {AccessKeyIdCharactersMin} to "
                + $"{AccessKeyIdCharactersMax} letters, digits and _"));
        }
        else if (id.StartsWith("ASIA", StringComparison.Ordinal))
            faults.Add(new Fault($"{path}.AccessKeyId", "ids of temporary keys begin with ASIA; use AKIA"));
        else if (!seen.Add(id))
            faults.Add(new Fault($"{path}.AccessKeyId", $"another user's key has the id {id} too"));
    }
}
