using System.Collections.Immutable;
using System.Text.Json;
using Sento.ControlPlane.Api;
using Sento.ControlPlane.Identities;
using Sento.ControlPlane.Replication;
using Sento.ControlPlane.Rotation;
using Sento.Tests.Support.Processes;
using Sento.Vault;
using Sento.Vault.Keys;

namespace Sento.Tests.ApiConformance;

/// <summary>A vault in a folder of its own, as sento setup makes it, used from this side too.</summary>
public sealed class VaultGround : IDisposable
{
    public const string Region = "eu-central-1";
    public const string Account = "123456789012";

    private readonly string _root = RunFolder.Create("vault");

    public VaultGround(string region = Region, string account = Account)
    {
        Vault = SecretVault.Create(Folder, KeyRingSource.OfFile(RingFile), account, region);
        Identities = new IdentityStore(Vault);
        Administrator = AddUser("admin", IdentityStore.AdministratorPolicy);
    }

    public string Folder => Path.Combine(_root, "vault");

    public string RingFile => Path.Combine(_root, "keys");

    public string At(string name) => Path.Combine(_root, name);

    public SecretVault Vault { get; }

    public IdentityStore Identities { get; }

    public AccessKeyRecord Administrator { get; }

    /// <summary>The section of a configuration that uses this vault.</summary>
    public string Section(string more = "") =>
        $$"""Vault: {Folder: "{{Folder}}", KeyRing: "file:{{RingFile}}" {{more}}}""";

    public AccessKeyRecord AddUser(string name, string? policy)
    {
        ImmutableArray<PolicyRecord> policies = policy is null ? [] : [new PolicyRecord("given", policy)];
        Identities.AddUser(name, policies, DateTimeOffset.UtcNow);
        return Identities.AddKey(name, DateTimeOffset.UtcNow);
    }

    /// <summary>An operation as the person at this machine.</summary>
    public JsonElement Call(string operation, object request)
    {
        var service = new SecretsService(Vault, RotationFunctions.BuiltIn, ReplicaRegions.Unknown);
        var answer = service.Run(
            Caller.Local(), operation, JsonSerializer.SerializeToUtf8Bytes(request), DateTimeOffset.UtcNow);
        return JsonDocument.Parse(answer).RootElement;
    }

    public JsonElement Create(string name, object value) => Call("CreateSecret", new
    {
        Name = name,
        ClientRequestToken = NewToken(),
        SecretString = value as string ?? JsonSerializer.Serialize(value),
    });

    public static string NewToken() => Guid.NewGuid().ToString();

    public void Dispose()
    {
        Vault.Dispose();
        Directory.Delete(_root, recursive: true);
    }
}
