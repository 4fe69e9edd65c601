using Sento.Tests.Support;
using Sento.Tests.Support.Processes;

namespace Sento.Tests.ApiConformance;

/// <summary>A serving process with a vault; its API is what the tests talk to.</summary>
public sealed class ApiGround : IAsyncLifetime
{
    private SentoProcess? _process;

    public VaultGround Vault { get; } = new();

    public SentoProcess Process => _process!;

    public AwsCli Aws { get; } = new(AwsCliKind.Current);

    public AwsCli OldAws { get; } = new(AwsCliKind.Distribution);

    public Uri Url => new($"http://127.0.0.1:{Process.AdminPort}/");

    public async ValueTask InitializeAsync() => _process = await ApiProcess.Start(Vault);

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        await Aws.DisposeAsync();
        await OldAws.DisposeAsync();
        Vault.Dispose();
    }
}
