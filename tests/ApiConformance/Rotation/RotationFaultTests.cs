using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using Sento.ControlPlane.Api;
using Sento.ControlPlane.Replication;
using Sento.ControlPlane.Rotation;
using Sento.Tests.Support;
using Sento.Vault;

namespace Sento.Tests.ApiConformance.Rotation;

/// <summary>A secret that can't be rotated, for whatever reason, keeps no other from its rotation.</summary>
public sealed class RotationFaultTests : IAsyncLifetime
{
    /// <summary>A scheme that HttpClient does not know: it throws what no rotation expects.</summary>
    private static readonly RotationFunctions Functions = new(
        ImmutableDictionary<string, Uri>.Empty.Add("strange", new Uri("ftp://127.0.0.1:1/")));

    /// <summary>One of them comes before the good one in whatever order there is.</summary>
    private static readonly string[] Bad = ["a/bad", "m/bad", "z/bad"];

    private readonly VaultGround _vault = new();
    private readonly ConcurrentQueue<string> _told = [];
    private RotatingServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await RotatingServer.Of("postgres");

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _vault.Dispose();
    }

    [Theory]
    [InlineData("\"port\":0", "SingleUser", "The port in the value of AWSCURRENT")]
    [InlineData("\"port\":65536", "SingleUser", "The port in the value of AWSCURRENT")]
    [InlineData("\"port\":\"soon\"", "SingleUser", "The port in the value of AWSCURRENT")]
    [InlineData("\"note\":\"\\ud800\"", "SingleUser", "InvalidOperationException")]
    [InlineData("\"note\":\"\"", "strange", "NotSupportedException")]
    public async Task Bad_secret_is_told_and_the_good_ones_are_rotated(
        string member, string function, string why)
    {
        var bad = $$"""{"engine":"postgres","host":"127.0.0.1","username":"a","password":"xyz",{{member}}}""";
        foreach (var name in Bad)
        {
            _vault.Create(name, bad);
            Rotate(name, function);
        }
        _vault.Create("n/good", _server.Login("app", "app", null));
        Rotate("n/good", "SingleUser");
        using var engine = new RotationEngine(_vault.Vault, Functions, _told.Enqueue);
        using var end = new CancellationTokenSource();

        var running = engine.RunAsync(end.Token);

        await Eventually.Holds(() => running.IsCompleted || (RotationOf("n/good").PendingToken is null
            && Array.TrueForAll(Bad, name => RotationOf(name).LastFailure is not null)));
        Assert.False(running.IsCompleted);
        Assert.Null(RotationOf("n/good").LastFailure);
        Assert.NotNull(RotationOf("n/good").LastRotatedDate);
        foreach (var name in Bad)
        {
            Assert.Contains(why, RotationOf(name).LastFailure, StringComparison.Ordinal);
            Assert.Contains(_told, line => line.Contains(name, StringComparison.Ordinal));
        }
        Assert.DoesNotContain(_told, line => line.Contains("xyz", StringComparison.Ordinal));
        await end.CancelAsync();
        await running;
    }

    private SecretRotation RotationOf(string name) => _vault.Vault.Find(name)!.Rotation!;

    private void Rotate(string name, string function) =>
        new SecretsService(_vault.Vault, Functions, ReplicaRegions.Unknown).Run(
            Caller.Local(), "RotateSecret", JsonSerializer.SerializeToUtf8Bytes(new
            {
                SecretId = name,
                ClientRequestToken = VaultGround.NewToken(),
                RotationLambdaARN = function,
            }),
            DateTimeOffset.UtcNow);
}
