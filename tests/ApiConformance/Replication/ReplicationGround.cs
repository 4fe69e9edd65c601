using Sento.ControlPlane.Identities;
using Sento.Tests.Support;
using Xunit;

namespace Sento.Tests.ApiConformance.Replication;

/// <summary>
/// A vault whose secrets are copied to a folder on this machine and to another node, each of another region.
/// </summary>
public sealed class ReplicationGround : IAsyncLifetime
{
    public const string FolderRegion = "eu-west-1";
    public const string NodeRegion = "us-east-1";

    /// <summary>What the node lets those do that bring copies; nothing else.</summary>
    private const string BringerPolicy = """
        {"Statement":{"Effect":"Allow","Action":["sento:PutReplica","sento:RemoveReplica"],"Resource":"*"}}
        """;

    private SentoProcess? _primaryProcess;
    private SentoProcess? _nodeProcess;

    public VaultGround Primary { get; } = new();

    public VaultGround Folder { get; } = new(FolderRegion);

    public VaultGround Node { get; } = new(NodeRegion);

    public SentoProcess PrimaryProcess => _primaryProcess!;

    public Uri PrimaryUrl => new($"http://127.0.0.1:{PrimaryProcess.AdminPort}/");

    public Uri NodeUrl => new($"http://127.0.0.1:{_nodeProcess!.AdminPort}/");

    public async ValueTask InitializeAsync()
    {
        var bringer = Node.AddUser("bringer", BringerPolicy);
        _nodeProcess = await ApiProcess.Start(Node);
        _primaryProcess = await ApiProcess.Start(Primary, Replicas(bringer));
    }

    public async ValueTask DisposeAsync()
    {
        if (_primaryProcess is not null)
            await _primaryProcess.DisposeAsync();
        if (_nodeProcess is not null)
            await _nodeProcess.DisposeAsync();
        Primary.Dispose();
        Folder.Dispose();
        Node.Dispose();
    }

    private string Replicas(AccessKeyRecord bringer) =>
        $", Replicas: [{{Region: {FolderRegion}, Folder: \"{Folder.Folder}\", "
        + $"KeyRing: \"file:{Folder.RingFile}\"}}, "
        + $"{{Region: {NodeRegion}, Url: \"{NodeUrl}\", AccessKeyId: {bringer.Id}, "
        + $"SecretAccessKey: \"text:{bringer.Secret}\"}}, "
        + "{Region: ap-south-1, Url: \"http://127.0.0.1:1/\", AccessKeyId: AKIANOBODY0000000001, "
        + "SecretAccessKey: x}]";
}
