using Sento.ControlPlane.Api;
using Sento.ControlPlane.Identities;
using Sento.Identity.Policies;

namespace Sento.ControlPlane.Query;

/// <summary>The operations of IAM that users, roles, keys and their policies need.</summary>
internal static class IamOperations
{
    private const int SessionSecondsMin = 3600;
    private const int SessionSecondsMax = 43_200;
    private const string StillAttached = "Cannot delete entity, must detach all policies first.";

    public static IEnumerable<QueryOperation> All { get; } =
    [
        OnUser("CreateUser", CreateUser),
        OnUser("GetUser", (call, output) => output.Section("User", () => Write(call, output, UserOf(call)))),
        OnUser("DeleteUser", DeleteUser),
        OnUser("CreateAccessKey", CreateAccessKey),
        OnUser("ListAccessKeys", ListAccessKeys),
        OnUser("UpdateAccessKey", UpdateAccessKey),
        OnUser("DeleteAccessKey", DeleteAccessKey),
        OnUser("PutUserPolicy", PutUserPolicy),
        OnUser("GetUserPolicy", GetUserPolicy),
        OnUser("ListUserPolicies", (call, output) => List(output, UserOf(call).Policies)),
        OnUser("DeleteUserPolicy", DeleteUserPolicy),
        Iam.On("ListUsers", call => call.UserArn("*"), ListUsers),
        OnRole("CreateRole", CreateRole),
        OnRole("GetRole", (call, output) => output.Section("Role", () => Write(call, output, RoleOf(call)))),
        OnRole("DeleteRole", DeleteRole),
        OnRole("PutRolePolicy", PutRolePolicy),
        OnRole("GetRolePolicy", GetRolePolicy),
        OnRole("ListRolePolicies", (call, output) => List(output, RoleOf(call).Policies)),
        OnRole("DeleteRolePolicy", DeleteRolePolicy),
        OnRole("UpdateAssumeRolePolicy", UpdateAssumeRolePolicy),
        Iam.On("ListRoles", call => call.RoleArn("*"), ListRoles),
    ];

    private static QueryOperation OnUser(string name, Action<QueryCall, QueryAnswer> run) =>
        Iam.On(name, call => call.UserArn(UserName(call)), run);

    private static QueryOperation OnRole(string name, Action<QueryCall, QueryAnswer> run) =>
        Iam.On(name, call => call.RoleArn(call.Form.Required("RoleName")), run);

    /// <summary>Left out, the caller's own.</summary>
    private static string UserName(QueryCall call) =>
        call.Form.Text("UserName") ?? call.Principal.UserName ?? call.Form.Required("UserName");

    internal static UserRecord UserOf(QueryCall call) => call.Identities.Document.Find(UserName(call))
        ?? throw Iam.NoSuch($"The user with name {UserName(call)} cannot be found.");

    internal static RoleRecord RoleOf(QueryCall call)
    {
        var name = call.Form.Required("RoleName");
        return call.Identities.Document.FindRole(name)
            ?? throw Iam.NoSuch($"The role with name {name} cannot be found.");
    }

    private static void CreateUser(QueryCall call, QueryAnswer output)
    {
        var name = call.Form.Required("UserName");
        if (call.Identities.Document.Find(name) is not null)
            throw Iam.Exists($"User with name {name} already exists.");
        call.Identities.AddUser(name, [], call.Now);
        output.Section("User", () => Write(call, output, UserOf(call)));
    }

    private static void DeleteUser(QueryCall call, QueryAnswer output)
    {
        var user = UserOf(call);
        if (user.Keys.Length > 0)
            throw Iam.Conflict("Cannot delete entity, must delete access keys first.");
        if (user.Policies.Length > 0)
            throw Iam.Conflict("Cannot delete entity, must delete policies first.");
        if (user.Attached is { Length: > 0 })
            throw Iam.Conflict(StillAttached);
        call.Identities.RemoveUser(user.Name);
    }

    private static void ListUsers(QueryCall call, QueryAnswer output)
    {
        output.ListAll("Users", call.Identities.Document.Users, user => Write(call, output, user));
    }

    private static void CreateAccessKey(QueryCall call, QueryAnswer output)
    {
        var user = UserOf(call);
        var key = call.Identities.AddKey(user.Name, call.Now);
        output.Section("AccessKey", () =>
        {
            Write(output, user, key);
            output.Text("SecretAccessKey", key.Secret);
        });
    }

    private static void ListAccessKeys(QueryCall call, QueryAnswer output)
    {
        var user = UserOf(call);
        output.ListAll("AccessKeyMetadata", user.Keys, key => Write(output, user, key));
    }

    private static void UpdateAccessKey(QueryCall call, QueryAnswer output)
    {
        var status = call.Form.Required("Status");
        if (status is not ("Active" or "Inactive"))
            throw new ApiFault("ValidationError", $"Status is {status}; allowed: Active, Inactive");
        call.Identities.SetActive(KeyOf(call).Id, status == "Active");
    }

    private static void DeleteAccessKey(QueryCall call, QueryAnswer output) =>
        call.Identities.RemoveKey(KeyOf(call).Id);

    /// <summary>Of this user: the id alone would let one with rights on itself reach another's key.</summary>
    private static AccessKeyRecord KeyOf(QueryCall call)
    {
        var id = call.Form.Required("AccessKeyId");
        return UserOf(call).Keys.FirstOrDefault(key => key.Id == id)
            ?? throw Iam.NoSuch($"The Access Key with id {id} cannot be found.");
    }

    private static void PutUserPolicy(QueryCall call, QueryAnswer output) =>
        call.Identities.PutPolicy(UserOf(call).Name, PolicyOf(call, PolicyUse.Identity, "PolicyDocument"));

    private static void GetUserPolicy(QueryCall call, QueryAnswer output)
    {
        output.Text("UserName", UserOf(call).Name);
        WritePolicy(call, output, UserOf(call).Policies);
    }

    private static void DeleteUserPolicy(QueryCall call, QueryAnswer output) =>
        call.Identities.RemovePolicy(UserOf(call).Name, Named(call, UserOf(call).Policies).Name);

    private static void CreateRole(QueryCall call, QueryAnswer output)
    {
        var name = call.Form.Required("RoleName");
        var trust = PolicyOf(call, PolicyUse.Trust, "AssumeRolePolicyDocument");
        if (call.Identities.Document.FindRole(name) is not null)
            throw Iam.Exists($"Role with name {name} already exists.");
        var seconds = call.Form.Number(
            "MaxSessionDuration", SessionSecondsMin, SessionSecondsMin, SessionSecondsMax);
        call.Identities.AddRole(name, trust.Document, seconds, call.Now);
        output.Section("Role", () => Write(call, output, RoleOf(call)));
    }

    private static void DeleteRole(QueryCall call, QueryAnswer output)
    {
        if (RoleOf(call).Policies.Length > 0)
            throw Iam.Conflict("Cannot delete entity, must delete policies first.");
        if (RoleOf(call).Attached is { Length: > 0 })
            throw Iam.Conflict(StillAttached);
        call.Identities.RemoveRole(RoleOf(call).Name);
    }

    private static void ListRoles(QueryCall call, QueryAnswer output)
    {
        output.ListAll("Roles", call.Identities.Document.Roles, role => Write(call, output, role));
    }

    private static void PutRolePolicy(QueryCall call, QueryAnswer output)
    {
        var policy = PolicyOf(call, PolicyUse.Identity, "PolicyDocument");
        call.Identities.ChangeRole(RoleOf(call).Name, "PutRolePolicy", role => role with
        {
            Policies = role.Policies.RemoveAll(p => p.Name == policy.Name).Add(policy),
        });
    }

    private static void GetRolePolicy(QueryCall call, QueryAnswer output)
    {
        output.Text("RoleName", RoleOf(call).Name);
        WritePolicy(call, output, RoleOf(call).Policies);
    }

    private static void DeleteRolePolicy(QueryCall call, QueryAnswer output)
    {
        var policy = Named(call, RoleOf(call).Policies);
        call.Identities.ChangeRole(RoleOf(call).Name, "DeleteRolePolicy", role => role with
        {
            Policies = role.Policies.RemoveAll(p => p.Name == policy.Name),
        });
    }

    private static void UpdateAssumeRolePolicy(QueryCall call, QueryAnswer output)
    {
        var trust = PolicyOf(call, PolicyUse.Trust, "PolicyDocument");
        call.Identities.ChangeRole(
            RoleOf(call).Name, "UpdateAssumeRolePolicy", role => role with { Trust = trust.Document });
    }

    private static PolicyRecord PolicyOf(QueryCall call, PolicyUse use, string parameter)
    {
        var text = call.Form.Required(parameter);
        var reading = PolicyDocument.Parse(text, use);
        if (reading.Document is null)
            throw new ApiFault("MalformedPolicyDocument", string.Join("; ", reading.Faults));
        return new PolicyRecord(use == PolicyUse.Trust ? "" : call.Form.Required("PolicyName"), text);
    }

    private static PolicyRecord Named(QueryCall call, IEnumerable<PolicyRecord> policies)
    {
        var name = call.Form.Required("PolicyName");
        return policies.FirstOrDefault(policy => policy.Name == name)
            ?? throw Iam.NoSuch($"The policy with name {name} cannot be found.");
    }

    private static void WritePolicy(QueryCall call, QueryAnswer output, IEnumerable<PolicyRecord> policies)
    {
        var policy = Named(call, policies);
        output.Text("PolicyName", policy.Name);
        output.Text("PolicyDocument", Uri.EscapeDataString(policy.Document));
    }

    private static void List(QueryAnswer output, IEnumerable<PolicyRecord> policies)
    {
        output.Text("IsTruncated", "false");
        output.Texts("PolicyNames", policies.Select(policy => policy.Name));
    }

    private static void Write(QueryCall call, QueryAnswer output, UserRecord user)
    {
        output.Text("Path", "/");
        output.Text("UserName", user.Name);
        output.Text("UserId", user.Id);
        output.Text("Arn", call.UserArn(user.Name));
        output.Date("CreateDate", user.CreatedDate);
    }

    private static void Write(QueryAnswer output, UserRecord user, AccessKeyRecord key)
    {
        output.Text("UserName", user.Name);
        output.Text("AccessKeyId", key.Id);
        output.Text("Status", key.IsActive ? "Active" : "Inactive");
        output.Date("CreateDate", key.CreatedDate);
    }

    private static void Write(QueryCall call, QueryAnswer output, RoleRecord role)
    {
        output.Text("Path", "/");
        output.Text("RoleName", role.Name);
        output.Text("RoleId", role.Id);
        output.Text("Arn", call.RoleArn(role.Name));
        output.Date("CreateDate", role.CreatedDate);
        output.Text("AssumeRolePolicyDocument", Uri.EscapeDataString(role.Trust));
        output.Text(
            "MaxSessionDuration",
            role.SessionSecondsMax.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }
}
