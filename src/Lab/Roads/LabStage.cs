using System.Data.Common;
using Sento.Lab.Engines;
using Sento.Lab.Load;
using Sento.Lab.Plan;
using Sento.Lab.Servers;

namespace Sento.Lab.Roads;

/// <summary>
/// Where a run takes place: the database server, a folder, and how our own program is started.
/// </summary>
internal sealed record LabStage : IAsyncDisposable
{
    private static readonly TimeSpan AdminPatience = TimeSpan.FromMinutes(1);

    private DbDataSource? _admin;

    public required LabPlan Plan { get; init; }

    public required Lifeline Lifeline { get; init; }

    /// <summary>Null: the server is somebody's.</summary>
    public required ThrowawayServer? Server { get; init; }

    /// <summary>Where functions find the database itself.</summary>
    public required LabAddress Database { get; init; }

    /// <summary>Who looks on, past the clients' limit where the server is ours.</summary>
    public required LabAddress Admin { get; init; }

    /// <summary>For files of this run.</summary>
    public required string Folder { get; init; }

    /// <summary>The command that starts this program, without arguments.</summary>
    public required IReadOnlyList<string> Program { get; init; }

    /// <summary>The pgbouncer program; null: it is not there, or no arm takes it.</summary>
    public string? PgBouncer { get; init; }

    /// <summary>What database and proxies show; null: TLS is not used, or the server has its own.</summary>
    public ServerCertificate? Certificate { get; init; }

    /// <summary>Made for this run; only environments and the proxy's configuration know it.</summary>
    public TokenKey Key { get; } = new(
        "AKIA" + ThrowawayServer.NewPassword().ToUpperInvariant(),
        ThrowawayServer.NewPassword() + ThrowawayServer.NewPassword(), "us-east-1");

    public IEngine Engine => EngineTable.Of(Plan.Engine);

    public string FileFor(string name) => Path.Combine(Folder, name);

    /// <summary>Where functions find a proxy.</summary>
    public LabAddress At(int port) =>
        Database with { Host = "127.0.0.1", Port = port, HasTls = Plan.SignIn != SignIn.Password };

    /// <summary>Settings of the server for an arm.</summary>
    public IReadOnlyList<string> SettingsFor(Arm arm) =>
    [
        Server!.Software.LimitTo(arm.Limit),
        .. Certificate is { } certificate ? Server.Software.TlsBy(certificate) : [],
    ];

    public ValueTask<DbConnection> OpenAdminAsync() =>
        (_admin ??= Engine.Source(Admin, AdminPatience)).OpenConnectionAsync();

    public ValueTask DisposeAsync() => _admin?.DisposeAsync() ?? ValueTask.CompletedTask;
}
