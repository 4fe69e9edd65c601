using System.Globalization;
using Sento.ControlPlane.Api;
using Sento.ControlPlane.Identities;

namespace Sento.ControlPlane.Query;

/// <summary>IAM's operations on managed policies, and on who has which.</summary>
internal static class PolicyOperations
{
    public static IEnumerable<QueryOperation> All { get; } =
    [
        Iam.On("CreatePolicy", call => call.PolicyArn(call.Form.Required("PolicyName")), Create),
        Iam.On("ListPolicies", call => call.PolicyArn("*"), List),
        OnPolicy("GetPolicy", (call, output) => WritePolicy(call, output, PolicyOf(call))),
        OnPolicy("DeletePolicy", (call, output) => Policies(call).Delete(Named(call))),
        OnPolicy("CreatePolicyVersion", CreateVersion),
        OnPolicy("GetPolicyVersion", GetVersion),
        OnPolicy("ListPolicyVersions", ListVersions),
        OnPolicy("DeletePolicyVersion", (call, output) => Policies(call).RemoveVersion(
            Named(call), call.Form.Required("VersionId"))),
        OnPolicy("SetDefaultPolicyVersion", (call, output) => Policies(call).SetDefault(
            Named(call), call.Form.Required("VersionId"))),
        OnPolicy("ListEntitiesForPolicy", ListEntities),
        OnUser("AttachUserPolicy", (call, output) => Policies(call).Attach(Named(call), User(call))),
        OnUser("DetachUserPolicy", (call, output) => Policies(call).Detach(Named(call), User(call))),
        OnUser("ListAttachedUserPolicies", (call, output) => ListAttached(
            call, output, IamOperations.UserOf(call).Attached ?? [])),
        OnRole("AttachRolePolicy", (call, output) => Policies(call).Attach(Named(call), Role(call))),
        OnRole("DetachRolePolicy", (call, output) => Policies(call).Detach(Named(call), Role(call))),
        OnRole("ListAttachedRolePolicies", (call, output) => ListAttached(
            call, output, IamOperations.RoleOf(call).Attached ?? [])),
    ];

    private static QueryOperation OnPolicy(string name, Action<QueryCall, QueryAnswer> run) =>
        Iam.On(name, Named, run);

    private static QueryOperation OnUser(string name, Action<QueryCall, QueryAnswer> run) =>
        Iam.On(name, call => call.UserArn(call.Form.Required("UserName")), run);

    private static QueryOperation OnRole(string name, Action<QueryCall, QueryAnswer> run) =>
        Iam.On(name, call => call.RoleArn(call.Form.Required("RoleName")), run);

    private static ManagedPolicies Policies(QueryCall call) => new(call.Identities);

    /// <summary>An ARN: a name alone would be allowed by policies that speak of no ARN like it.</summary>
    private static string Named(QueryCall call)
    {
        var arn = call.Form.Required("PolicyArn");
        return arn.StartsWith("arn:", StringComparison.Ordinal)
            ? arn
            : throw new ApiFault("ValidationError", $"ARN {arn} is not valid.");
    }

    private static ManagedPolicyRecord PolicyOf(QueryCall call) => Policies(call).Get(Named(call));

    private static PolicyHolder User(QueryCall call) =>
        new(PolicyHolderKind.User, call.Form.Required("UserName"));

    private static PolicyHolder Role(QueryCall call) =>
        new(PolicyHolderKind.Role, call.Form.Required("RoleName"));

    private static void Create(QueryCall call, QueryAnswer output)
    {
        if (call.Form.Text("Path") is { } path and not "/")
            throw new ApiFault("ValidationError", $"Path is {path}; allowed: /");
        var name = call.Form.Required("PolicyName");
        Policies(call).Create(
            name, call.Form.Required("PolicyDocument"), call.Form.Text("Description"), call.Now);
        WritePolicy(call, output, call.Identities.Document.FindPolicy(name)!);
    }

    /// <summary>None of AWS's own is here.</summary>
    private static void List(QueryCall call, QueryAnswer output)
    {
        var document = call.Identities.Document;
        var isLocal = call.Form.Text("Scope") is null or "All" or "Local";
        var isAttached = call.Form.Text("OnlyAttached") == "true";
        var listed = (document.ManagedPolicies ?? []).Where(policy => isLocal
            && (!isAttached || ManagedPolicies.HoldersOf(document, policy.Name).Any()));
        output.ListAll("Policies", listed, policy => Write(call, output, policy));
    }

    private static void CreateVersion(QueryCall call, QueryAnswer output)
    {
        var id = Policies(call).AddVersion(
            Named(call), call.Form.Required("PolicyDocument"), call.Form.Text("SetAsDefault") == "true",
            call.Now);
        var policy = PolicyOf(call);
        output.Section(
            "PolicyVersion", () => Write(output, policy, ManagedPolicies.Version(policy, id)));
    }

    private static void GetVersion(QueryCall call, QueryAnswer output)
    {
        var policy = PolicyOf(call);
        var version = ManagedPolicies.Version(policy, call.Form.Required("VersionId"));
        output.Section("PolicyVersion", () =>
        {
            output.Text("Document", Uri.EscapeDataString(version.Document));
            Write(output, policy, version);
        });
    }

    private static void ListVersions(QueryCall call, QueryAnswer output)
    {
        var policy = PolicyOf(call);
        output.ListAll("Versions", policy.Versions.Reverse(), version => Write(output, policy, version));
    }

    private static void ListEntities(QueryCall call, QueryAnswer output)
    {
        var document = call.Identities.Document;
        var holders = ManagedPolicies.HoldersOf(document, PolicyOf(call).Name).ToList();
        output.ListAll("PolicyUsers", holders.Where(holder => holder.Kind == PolicyHolderKind.User), user =>
        {
            output.Text("UserName", user.Name);
            output.Text("UserId", document.Find(user.Name)!.Id);
        });
        output.List("PolicyRoles", holders.Where(holder => holder.Kind == PolicyHolderKind.Role), role =>
        {
            output.Text("RoleName", role.Name);
            output.Text("RoleId", document.FindRole(role.Name)!.Id);
        });
        output.Texts("PolicyGroups", []);
    }

    private static void ListAttached(QueryCall call, QueryAnswer output, IEnumerable<string> names) =>
        output.ListAll("AttachedPolicies", names, name =>
        {
            output.Text("PolicyName", name);
            output.Text("PolicyArn", call.PolicyArn(name));
        });

    private static void WritePolicy(QueryCall call, QueryAnswer output, ManagedPolicyRecord policy) =>
        output.Section("Policy", () =>
        {
            Write(call, output, policy);
            if (policy.Description is { } description)
                output.Text("Description", description);
        });

    private static void Write(QueryCall call, QueryAnswer output, ManagedPolicyRecord policy)
    {
        var count = ManagedPolicies.HoldersOf(call.Identities.Document, policy.Name).Count();
        output.Text("PolicyName", policy.Name);
        output.Text("PolicyId", policy.Id);
        output.Text("Arn", call.PolicyArn(policy.Name));
        output.Text("Path", "/");
        output.Text("DefaultVersionId", policy.DefaultVersion);
        output.Text("AttachmentCount", count.ToString(CultureInfo.InvariantCulture));
        output.Text("PermissionsBoundaryUsageCount", "0");
        output.Text("IsAttachable", "true");
        output.Date("CreateDate", policy.CreatedDate);
        output.Date("UpdateDate", policy.Versions.Max(version => version.CreatedDate));
    }

    private static void Write(QueryAnswer output, ManagedPolicyRecord policy, PolicyVersionRecord version)
    {
        output.Text("VersionId", version.Id);
        output.Text("IsDefaultVersion", version.Id == policy.DefaultVersion ? "true" : "false");
        output.Date("CreateDate", version.CreatedDate);
    }
}
