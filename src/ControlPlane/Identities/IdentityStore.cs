using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using Sento.Base;
using Sento.Identity.Policies;
using Sento.Identity.Principals;
using Sento.Identity.WebIdentity;
using Sento.Vault;
using Sento.Vault.Auditing;

namespace Sento.ControlPlane.Identities;

/// <summary>
/// The embedded identity store: users with policies and access keys, sealed in the vault. Any thread.
/// </summary>
/// <remarks>
/// Answers from memory, and looks again whenever the vault has changed, also by another process: a deleted
/// key
/// is refused at the next request.
/// </remarks>
public sealed class IdentityStore(SecretVault vault) : IIdentitySource
{
    public const string AdministratorPolicy = """
        {"Version":"2012-10-17","Statement":[
          {"Sid":"Everything","Effect":"Allow","Action":"*","Resource":"*"}]}
        """;

    private const string DocumentName = "identities";
    private const int UsersMax = 10_000;
    private const int ProvidersMax = 100;
    private const int RolesMax = 1_000;
    private const int KeysPerUserMax = 2;

    private readonly Lock _lock = new();
    private long _revision = -1;
    private View _view = new(new IdentityDocument(), FrozenDictionary<string, AccessKey>.Empty,
        FrozenDictionary<string, Principal>.Empty, FrozenDictionary<string, Role>.Empty);

    private SessionTokens? _sessions;
    private IdentityActor _actor = IdentityActor.Local();

    /// <summary>The same store, whose changes are written down as this caller's.</summary>
    public IdentityStore ActingAs(IdentityActor actor)
    {
        lock (_lock)
        {
            var store = (IdentityStore)MemberwiseClone();
            store._actor = actor;
            return store;
        }
    }

    public ImmutableArray<Principal> Users => [.. Current().Users.Values];

    public ImmutableArray<Role> Roles => [.. Current().Roles.Values];

    public IdentityDocument Document => Current().Document;

    public AccessKey? FindAccessKey(string accessKeyId) => Current().Keys.GetValueOrDefault(accessKeyId);

    public Principal? FindUser(string uniqueId) => Current().Users.GetValueOrDefault(uniqueId);

    public Principal? FindUserByName(string name) =>
        Current().Document.Find(name) is { } user ? FindUser(user.Id) : null;

    /// <summary>Issuers of web identity tokens that roles may trust.</summary>
    public ImmutableArray<WebIssuer> Issuers => [.. (Current().Document.Providers ?? [])
        .Select(provider => new WebIssuer(provider.Url, provider.ClientIds))];

    public Role? FindRole(string uniqueId) => Current().Roles.GetValueOrDefault(uniqueId);

    /// <summary>Issues session tokens and opens them, with a key that is sealed in the vault.</summary>
    public SessionTokens Sessions
    {
        get
        {
            lock (_lock)
                return _sessions ??= MakeSessions();
        }
    }

    public void AddRole(string name, string trust, int sessionSecondsMax, DateTimeOffset now) =>
        Change(
        "CreateRole", RoleArn(name), document =>
    {
        if (!IdentityNames.IsName(name))
            throw new IdentityFault($"\"{name}\" is no role name; allowed: 1 to 64 of "
                + IdentityNames.Letters);
        if (document.FindRole(name) is not null)
            throw new IdentityFault($"there is a role \"{name}\" already");
        if (document.Roles.Length >= RolesMax)
            throw new IdentityFault($"there are {RolesMax} roles, which is the most");
        var id = IdentityIds.New("AROA");
        return document with
        {
            Roles = document.Roles.Add(new RoleRecord(name, id, trust, sessionSecondsMax, now)),
        };
    });

    /// <summary>For what has rules of its own.</summary>
    /// <param name="operation">What IAM calls it, for the audit log.</param>
    internal void ChangeBy(
        string operation, string target, Func<IdentityDocument, IdentityDocument> change) =>
        Change(operation, target, change);

    /// <param name="operation">What IAM calls it, for the audit log.</param>
    public void ChangeProviders(
        string operation, string url,
        Func<ImmutableArray<ProviderRecord>, ImmutableArray<ProviderRecord>> change) => Change(
        operation, new WebIssuer(url, []).ArnOf(vault.AccountId), document =>
    {
        var changed = change(document.Providers ?? []);
        return changed.Length <= ProvidersMax
            ? document with { Providers = changed }
            : throw new IdentityFault($"there are {ProvidersMax} providers, which is the most");
    });

    public void RemoveRole(string name) => Change(
        "DeleteRole", RoleArn(name),
        document => document with { Roles = document.Roles.Remove(KnownRole(document, name)) });

    /// <param name="operation">What IAM calls it, for the audit log.</param>
    public void ChangeRole(string name, string operation, Func<RoleRecord, RoleRecord> change) => Change(
        operation, RoleArn(name), document =>
    {
        var role = KnownRole(document, name);
        return document with { Roles = document.Roles.Replace(role, change(role)) };
    });

    /// <exception cref="IdentityFault">There is one of that name.</exception>
    public void AddUser(string name, ImmutableArray<PolicyRecord> policies, DateTimeOffset now) =>
        Change(
        "CreateUser", UserArn(name), document =>
    {
        if (!IdentityNames.IsName(name))
            throw new IdentityFault($"\"{name}\" is no user name; allowed: 1 to 64 of "
                + IdentityNames.Letters);
        if (document.Find(name) is not null)
            throw new IdentityFault($"there is a user \"{name}\" already");
        if (document.Users.Length >= UsersMax)
            throw new IdentityFault($"there are {UsersMax} users, which is the most");
        var id = IdentityIds.New("AIDA");
        return document with { Users =
            document.Users.Add(new UserRecord(name, id, now) { Policies = Checked(policies) }) };
    });

    public void RemoveUser(string name) => Change(
        "DeleteUser", UserArn(name),
        document => document with { Users = document.Users.Remove(Known(document, name)) });

    public void PutPolicy(string userName, PolicyRecord policy) => Change(
        "PutUserPolicy", $"{UserArn(userName)} {policy.Name}", document =>
    {
        var user = Known(document, userName);
        Checked([policy]);
        var others = user.Policies.RemoveAll(p => p.Name == policy.Name);
        return With(document, user, user with { Policies = others.Add(policy) });
    });

    public void RemovePolicy(string userName, string policyName) => Change(
        "DeleteUserPolicy", $"{UserArn(userName)} {policyName}", document =>
    {
        var user = Known(document, userName);
        return With(
            document, user, user with { Policies = user.Policies.RemoveAll(p => p.Name == policyName) });
    });

    /// <summary>A new key; its secret is shown to nobody again.</summary>
    public AccessKeyRecord AddKey(string userName, DateTimeOffset now)
    {
        var key = new AccessKeyRecord(IdentityIds.NewKey("AKIA"), IdentityIds.NewSecret(), now);
        Change("CreateAccessKey", $"{UserArn(userName)} {key.Id}", document =>
        {
            var user = Known(document, userName);
            if (user.Keys.Length >= KeysPerUserMax)
                throw new IdentityFault(
                    $"user \"{userName}\" has {KeysPerUserMax} keys, which is the most: delete one first");
            return With(document, user, user with { Keys = user.Keys.Add(key) });
        });
        return key;
    }

    public void RemoveKey(string id) => ChangeKey("DeleteAccessKey", id, _ => null);

    public void SetActive(string id, bool isActive) => ChangeKey(
        isActive ? "UpdateAccessKey Active" : "UpdateAccessKey Inactive", id,
        key => key with { IsActive = isActive });

    private void ChangeKey(
        string operation, string id, Func<AccessKeyRecord, AccessKeyRecord?> change) => Change(
            operation, id, document =>
    {
        var user = document.Users.FirstOrDefault(u => u.Keys.Any(key => key.Id == id))
            ?? throw new IdentityFault($"there is no access key {id}");
        var key = user.Keys.First(k => k.Id == id);
        var keys = user.Keys.Remove(key);
        return With(
            document, user, user with { Keys = change(key) is { } changed ? keys.Add(changed) : keys });
    });

    private static IdentityDocument With(IdentityDocument document, UserRecord before, UserRecord after) =>
        document with { Users = document.Users.Replace(before, after) };

    private static UserRecord Known(IdentityDocument document, string name) =>
        document.Find(name) ?? throw new IdentityFault($"there is no user \"{name}\"");

    private static RoleRecord KnownRole(IdentityDocument document, string name) =>
        document.FindRole(name) ?? throw new IdentityFault($"there is no role \"{name}\"");

    private static ImmutableArray<PolicyRecord> Checked(ImmutableArray<PolicyRecord> policies)
    {
        foreach (var policy in policies)
        {
            var reading = PolicyDocument.Parse(policy.Document, PolicyUse.Identity);
            if (reading.Document is null)
                throw new IdentityFault($"policy \"{policy.Name}\": {string.Join("; ", reading.Faults)}");
        }
        return policies;
    }

    /// <summary>What was not written down has not happened: the line comes before the change's end.</summary>
    private void Change(
        string operation, string target, Func<IdentityDocument, IdentityDocument> change) =>
        Change(document =>
    {
        var changed = change(document);
        vault.Audit.Append(
            new AuditEntry
            {
                Principal = _actor.Principal,
                Source = _actor.Source,
                Operation = operation,
                Target = target,
                Outcome = "done",
                By = _actor.AllowedBy,
            },
            isDurable: true);
        return changed;
    });

    private void Change(Func<IdentityDocument, IdentityDocument> change) => vault.Write(writer =>
    {
        var bytes =
            JsonSerializer.SerializeToUtf8Bytes(change(Read()), IdentityJson.Default.IdentityDocument);
        writer.PutDocument(DocumentName, bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return 0;
    });

    public string PolicyArn(string name) => $"arn:aws:iam::{vault.AccountId}:policy/{name}";

    internal string UserArn(string name) => $"arn:aws:iam::{vault.AccountId}:user/{name}";

    internal string RoleArn(string name) => $"arn:aws:iam::{vault.AccountId}:role/{name}";

    private IdentityDocument Read()
    {
        using var bytes = vault.ReadDocument(DocumentName);
        return bytes is null
            ? new IdentityDocument()
            : JsonSerializer.Deserialize(bytes.Span, IdentityJson.Default.IdentityDocument)!;
    }

    private SessionTokens MakeSessions()
    {
        // Whoever comes second finds the key of the first.
        Change(document => document.SessionKey is not null ? document : document with
        {
            SessionKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(SessionTokens.KeyBytes)),
        });
        using var key = new SecretBytes(Convert.FromBase64String(Read().SessionKey!));
        return new SessionTokens([((byte)1, new SecretBytes(key.Span))]);
    }

    private View Current()
    {
        lock (_lock)
        {
            var revision = vault.Revision;
            if (revision != _revision)
            {
                _view = Make(Read());
                _revision = revision;
            }
            return _view;
        }
    }

    private View Make(IdentityDocument document)
    {
        var managed = (document.ManagedPolicies ?? []).ToDictionary(
            policy => policy.Name,
            policy => PolicyDocument.Parse(policy.Document, PolicyUse.Identity).Document
                ?? throw new VaultFault($"policy {policy.Name} can't be read: make another version of it"));
        var users = document.Users.ToDictionary(user => user.Id, user => ToPrincipal(user, managed));
        var keys = from user in document.Users
                   from key in user.Keys
                   select new AccessKey(
                       key.Id, SecretBytes.FromText(key.Secret), key.IsActive, users[user.Id]);
        return new View(
            document, keys.ToFrozenDictionary(key => key.Id), users.ToFrozenDictionary(),
            document.Roles.ToFrozenDictionary(role => role.Id, role => ToRole(role, managed)));
    }

    private Role ToRole(RoleRecord role, Dictionary<string, PolicyDocument> managed) => new()
    {
        Account = vault.AccountId,
        Arn = RoleArn(role.Name),
        UniqueId = role.Id,
        Name = role.Name,
        Trust = PolicyDocument.Parse(role.Trust, PolicyUse.Trust).Document,
        SessionLifeMax = TimeSpan.FromSeconds(role.SessionSecondsMax),
        Policies = Attached(role.Policies, role.Attached, managed, $"role {role.Name}"),
    };

    private Principal ToPrincipal(UserRecord user, Dictionary<string, PolicyDocument> managed) => new()
    {
        Kind = PrincipalKind.User,
        Account = vault.AccountId,
        Arn = UserArn(user.Name),
        UniqueId = user.Id,
        UserName = user.Name,
        Tags = user.Tags.WithComparers(StringComparer.OrdinalIgnoreCase),
        Policies = Attached(user.Policies, user.Attached, managed, $"user {user.Name}"),
    };

    private static ImmutableArray<AttachedPolicy> Attached(
        ImmutableArray<PolicyRecord> policies, ImmutableArray<string>? attached,
        Dictionary<string, PolicyDocument> managed, string to) =>
    [
        .. policies.Select(policy => new AttachedPolicy(
            $"policy {policy.Name} of {to}",
            PolicyDocument.Parse(policy.Document, PolicyUse.Identity).Document
                ?? throw new VaultFault($"policy {policy.Name} of {to} can't be read: put it anew"))),
        .. (attached ?? []).Select(name => new AttachedPolicy(
            $"policy {name} attached to {to}", managed[name])),
    ];

    private sealed record View(
        IdentityDocument Document, FrozenDictionary<string, AccessKey> Keys,
        FrozenDictionary<string, Principal> Users, FrozenDictionary<string, Role> Roles);
}

/// <summary>Who changes identities, for the audit log.</summary>
/// <param name="Source">The caller's address; null: this machine, without a network.</param>
/// <param name="AllowedBy">The policy and statement that let them; null: none had to.</param>
public sealed record IdentityActor(string Principal, string? Source, string? AllowedBy)
{
    public static IdentityActor Local() => new($"local:{Environment.UserName}", null, null);
}

/// <summary>What was asked of the identity store can't be done; says why.</summary>
/// <param name="code">What IAM calls it.</param>
public sealed class IdentityFault(string message, string code = "ValidationError") : Exception(message)
{
    public string Code { get; } = code;

    /// <summary>Of HTTP.</summary>
    public int Status => Code switch
    {
        "NoSuchEntity" => 404,
        "EntityAlreadyExists" or "DeleteConflict" or "LimitExceeded" => 409,
        _ => 400,
    };
}
