using System.Collections.Immutable;
using Sento.Base;
using Sento.ControlPlane.Api;
using Sento.ControlPlane.Identities;
using Sento.Identity.WebIdentity;

namespace Sento.ControlPlane.Query;

/// <summary>IAM's operations on OpenID Connect providers, whom roles may trust.</summary>
internal static class ProviderOperations
{
    private const int ClientIdsMax = 100;
    private const int UrlCharactersMax = 255;

    public static IEnumerable<QueryOperation> All { get; } =
    [
        Iam.On("CreateOpenIDConnectProvider", call => ArnOf(call, UrlOf(call)), Create),
        Iam.On("ListOpenIDConnectProviders", call => ArnOf(call, "https://*"), List),
        On("GetOpenIDConnectProvider", Get),
        On("DeleteOpenIDConnectProvider", Delete),
        On("AddClientIDToOpenIDConnectProvider", AddClientId),
        On("RemoveClientIDFromOpenIDConnectProvider", RemoveClientId),
        On("UpdateOpenIDConnectProviderThumbprint", UpdateThumbprint),
    ];

    private static QueryOperation On(string name, Action<QueryCall, QueryAnswer> run) =>
        Iam.On(name, call => call.Form.Required("OpenIDConnectProviderArn"), run);

    private static void Create(QueryCall call, QueryAnswer output)
    {
        var url = UrlOf(call);
        var clients = call.Form.Texts("ClientIDList");
        if (clients.IsEmpty || clients.Length > ClientIdsMax)
            throw new ApiFault("ValidationError", $"ClientIDList has {clients.Length} entries; allowed: 1 to "
                + $"{ClientIdsMax}");
        call.Identities.ChangeProviders("CreateOpenIDConnectProvider", url, providers =>
            providers.Any(provider => provider.Url == url)
                ? throw Iam.Exists($"Provider with url {url} already exists.")
                : providers.Add(new ProviderRecord(url, call.Now)
                {
                    ClientIds = clients,
                    Thumbprints = call.Form.Texts("ThumbprintList"),
                }));
        output.Text("OpenIDConnectProviderArn", ArnOf(call, url));
    }

    private static void List(QueryCall call, QueryAnswer output) => output.List(
        "OpenIDConnectProviderList", call.Identities.Document.Providers ?? [],
        provider => output.Text("Arn", ArnOf(call, provider.Url)));

    private static void Get(QueryCall call, QueryAnswer output)
    {
        var provider = Known(call);
        output.Text("Url", new WebIssuer(provider.Url, []).Name);
        output.Texts("ClientIDList", provider.ClientIds);
        output.Texts("ThumbprintList", provider.Thumbprints);
        output.Date("CreateDate", provider.CreatedDate);
    }

    private static void Delete(QueryCall call, QueryAnswer output)
    {
        var url = Known(call).Url;
        call.Identities.ChangeProviders(
            "DeleteOpenIDConnectProvider", url,
            providers => providers.RemoveAll(provider => provider.Url == url));
    }

    private static void AddClientId(QueryCall call, QueryAnswer output)
    {
        var id = call.Form.Required("ClientID");
        Change(call, "AddClientIDToOpenIDConnectProvider", provider =>
            provider.ClientIds.Length >= ClientIdsMax
                ? throw new ApiFault("LimitExceeded", $"A provider has {ClientIdsMax} client IDs at most.")
                : provider with { ClientIds = provider.ClientIds.Remove(id).Add(id) });
    }

    private static void RemoveClientId(QueryCall call, QueryAnswer output)
    {
        var id = call.Form.Required("ClientID");
        Change(call, "RemoveClientIDFromOpenIDConnectProvider",
            provider => provider with { ClientIds = provider.ClientIds.Remove(id) });
    }

    private static void UpdateThumbprint(QueryCall call, QueryAnswer output) =>
        Change(call, "UpdateOpenIDConnectProviderThumbprint",
            provider => provider with { Thumbprints = call.Form.Texts("ThumbprintList") });

    private static void Change(
        QueryCall call, string operation, Func<ProviderRecord, ProviderRecord> change)
    {
        var url = Known(call).Url;
        call.Identities.ChangeProviders(operation, url, providers =>
            [.. providers.Select(provider => provider.Url == url ? change(provider) : provider)]);
    }

    private static ProviderRecord Known(QueryCall call)
    {
        var arn = call.Form.Required("OpenIDConnectProviderArn");
        return (call.Identities.Document.Providers ?? []).FirstOrDefault(p => ArnOf(call, p.Url) == arn)
            ?? throw Iam.NoSuch($"OpenIDConnect Provider not found for arn {arn}");
    }

    /// <summary>Kept without a slash at its end only if the caller leaves it out: tokens say it so.</summary>
    private static string UrlOf(QueryCall call)
    {
        var url = call.Form.Required("Url");
        return url.Length <= UrlCharactersMax && IdentityNames.IsIssuerUrl(url)
            ? url
            : throw new ApiFault("ValidationError", "Url must be an https URL without a query");
    }

    private static string ArnOf(QueryCall call, string url) =>
        new WebIssuer(url, []).ArnOf(call.Vault.AccountId);
}
