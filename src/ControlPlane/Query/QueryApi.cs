using System.Collections.Frozen;
using System.Net;
using Sento.ControlPlane.Api;
using Sento.ControlPlane.Identities;
using Sento.ControlPlane.WebIdentity;
using Sento.Identity.Policies;
using Sento.Identity.Principals;
using Sento.Identity.SigV4;
using Sento.Identity.WebIdentity;
using Sento.Vault;
using Sento.Vault.Auditing;

namespace Sento.ControlPlane.Query;

/// <summary>IAM and STS over the Query protocol: forms in, XML out. Any thread.</summary>
/// <param name="keys">Of who issues web identity tokens.</param>
/// <param name="strangers">Takes refusals of whom no key of ours tells.</param>
internal sealed class QueryApi(
    SecretVault vault, IdentityStore identities, WebKeyBook keys, StrangerBook strangers)
{
    private const string XmlType = "text/xml";
    private const string FormType = "application/x-www-form-urlencoded";

    private static readonly FrozenDictionary<string, QueryOperation> Operations =
        IamOperations.All.Concat(PolicyOperations.All).Concat(ProviderOperations.All)
            .Concat(StsOperations.All).ToFrozenDictionary(operation => operation.Name);

    private readonly RequestVerifier _verifier = new(
        new CredentialResolver(identities, identities.Sessions), [vault.Region]);

    public static bool IsFor(ApiRequest request) =>
        request.Header("Content-Type")?.StartsWith(FormType, StringComparison.OrdinalIgnoreCase) == true
        || request.Query.Contains("Action=", StringComparison.Ordinal);

    public ApiResponse Answer(ApiRequest request, DateTimeOffset now)
    {
        var requestId = Guid.NewGuid().ToString();
        try
        {
            return new ApiResponse(200, XmlType, Run(request, requestId, now), requestId);
        }
        catch (ApiFault fault)
        {
            return new ApiResponse(
                fault.Status, XmlType,
                QueryAnswer.Error(fault.Code, fault.Message, fault.Status >= 500, requestId), requestId);
        }
        catch (IdentityFault fault)
        {
            return new ApiResponse(
                fault.Status, XmlType, QueryAnswer.Error(fault.Code, fault.Message, false, requestId),
                requestId);
        }
    }

    /// <summary>What an answer may need of others: the newest keys of who issued a token.</summary>
    public Task PrepareAsync(ApiRequest request) => new WebCaller(keys).PrepareAsync(request);

    private byte[] Run(ApiRequest request, string requestId, DateTimeOffset now)
    {
        var form = QueryForm.Read(request);
        if (!Operations.TryGetValue(form.Action, out var operation))
            throw new ApiFault("InvalidAction", $"Could not find operation {form.Action}");
        var call = operation.IsByWebIdentity
            ? CallOfToken(request, operation, form, now)
            : CallOfKey(request, operation, form, now);
        var (decision, target) = Authorize(call, operation, request);
        call = call with
        {
            Identities = identities.ActingAs(new IdentityActor(
                call.Name, request.SourceAddress, decision?.Deciding?.Place)),
        };
        var answer = QueryAnswer.Of(
            operation.Name, operation.XmlNamespace, requestId, output => operation.Run(call, output));
        // A change has been written down where it was made.
        if (!operation.IsChange)
            vault.Audit.Append(
                Line(call.Name, request, operation.Name, AuditEntry.Done, decision?.Deciding?.Place, target),
                isDurable: true);
        return answer;
    }

    private QueryCall CallOfKey(
        ApiRequest request, QueryOperation operation, QueryForm form, DateTimeOffset now)
    {
        var signed = new SignedRequest(
            request.Method, request.Path, request.Query, request.Headers, request.Body);
        var verified = _verifier.Verify(signed, operation.Service, now);
        if (verified.IsVerified)
            return new QueryCall(vault, identities, form, verified.Principal, now);
        strangers.Add(Line(
            AuditEntry.Unknown, request, operation.Name, verified.Refusal.QueryCode, null, null));
        throw new ApiFault(
            verified.Refusal.QueryCode, verified.Refusal.Message, verified.Refusal.QueryStatus);
    }

    /// <summary>Nobody has signed it: the token says who asks.</summary>
    private QueryCall CallOfToken(
        ApiRequest request, QueryOperation operation, QueryForm form, DateTimeOffset now)
    {
        try
        {
            var web = new WebCaller(keys).Verify(form, now);
            return new QueryCall(
                vault, identities, form, WebCaller.PrincipalOf(web.Token, web.Issuer, vault.AccountId), now)
            {
                Web = web,
            };
        }
        catch (ApiFault fault)
        {
            strangers.Add(Line(
                AuditEntry.Unknown, request, operation.Name, fault.Code, null, form.Text("RoleArn")));
            throw;
        }
    }

    /// <returns>Nulls: everybody may.</returns>
    private (Decision? Decision, string? Resource) Authorize(
        QueryCall call, QueryOperation operation, ApiRequest request)
    {
        if (operation.ResourceOf is not { } resourceOf)
            return (null, null);
        var (resource, policy) = resourceOf(call);
        IPAddress.TryParse(request.SourceAddress, out var source);
        var access = new AccessRequest
        {
            Principal = call.Principal,
            Action = $"{operation.Service}:{operation.Name}",
            Resource = resource,
            ResourcePolicy = policy,
            Values = call.AddFacts(
                ConditionValues.Of(call.Principal, call.Now, source, request.IsTls, vault.Region)),
        };
        var decision = PolicyEvaluator.Decide(access);
        if (decision.IsAllowed && operation.NeedsResourcePolicy && !IsNamedByResource(decision))
            decision = decision with { Kind = DecisionKind.NoResourcePolicyAllows };
        if (decision.IsAllowed)
            return (decision, resource);
        var line = Line(call.Name, request, operation.Name, "denied", decision.Deciding?.Place, resource);
        // Of a public issuer anybody has a token.
        if (operation.IsByWebIdentity)
            strangers.Add(line);
        else
            vault.Audit.Append(line, isDurable: false);
        throw new ApiFault(
            "AccessDenied", operation.IsByWebIdentity
                ? $"Not authorized to perform sts:{operation.Name}" : decision.Refusal(access), 403);
    }

    /// <summary>Whatever its own policies say: a role lets in only whom its trust policy names.</summary>
    private static bool IsNamedByResource(Decision decision) => decision.Reviews.Any(review =>
        review is { Source: PolicySource.Resource, Match: StatementMatch.Matches,
            Statement.Effect: Effect.Allow });

    private static AuditEntry Line(
        string principal, ApiRequest request, string operation, string outcome, string? by, string? target) =>
        new()
        {
            Principal = principal,
            Source = request.SourceAddress,
            Operation = operation,
            Target = AuditEntry.Short(target),
            Outcome = outcome,
            By = by,
        };
}

/// <summary>One call, verified.</summary>
internal sealed record QueryCall(
    SecretVault Vault, IdentityStore Identities, QueryForm Form, Principal Principal, DateTimeOffset Now)
{
    /// <summary>Set when a token has said who asks.</summary>
    public (WebToken Token, WebIssuer Issuer)? Web { get; init; }

    /// <summary>Who asks, for the audit log.</summary>
    public string Name => Web is { } web
        ? AuditEntry.Short($"{Principal.Arn} {web.Token.Subject}")! : Principal.Arn;

    public string UserArn(string name) => $"arn:aws:iam::{Vault.AccountId}:user/{name}";

    public string RoleArn(string name) => $"arn:aws:iam::{Vault.AccountId}:role/{name}";

    public string PolicyArn(string name) => Identities.PolicyArn(name);

    /// <summary>What conditions may ask of this call alone.</summary>
    public ConditionValues AddFacts(ConditionValues values)
    {
        // As at AWS: not for changes of the policy itself.
        if (Form.Action is "AttachUserPolicy" or "DetachUserPolicy" or "AttachRolePolicy"
            or "DetachRolePolicy")
            values.SetUnlessNull("iam:PolicyARN", Form.Text("PolicyArn"));
        values.SetUnlessNull("sts:ExternalId", Form.Text("ExternalId"));
        values.SetUnlessNull("sts:RoleSessionName", Form.Text("RoleSessionName"));
        if (Web is { } web)
        {
            foreach (var (key, texts) in web.Issuer.FactsOf(web.Token))
                values.Set(key, texts);
        }
        return values;
    }
}

/// <param name="ResourceOf">What policies must allow, and the resource's own policy; null: anybody
/// may.</param>
/// <param name="NeedsResourcePolicy">The resource's policy must allow it, whatever the caller's do.</param>
internal sealed record QueryOperation(
    string Name, string Service, string XmlNamespace,
    Func<QueryCall, (string Resource, PolicyDocument? Policy)>? ResourceOf,
    Action<QueryCall, QueryAnswer> Run, bool NeedsResourcePolicy = false)
{
    /// <summary>Not signed: a web identity token in it says who asks.</summary>
    public bool IsByWebIdentity { get; init; }

    /// <summary>Of users, roles, keys or policies: the store writes it down by itself.</summary>
    public bool IsChange => Service == "iam" && !Name.StartsWith("Get", StringComparison.Ordinal)
        && !Name.StartsWith("List", StringComparison.Ordinal);
}
