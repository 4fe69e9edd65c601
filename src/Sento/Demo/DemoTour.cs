using System.Text;
using Sento.Lab.Servers;

namespace Sento.Host.Demo;

/// <summary>What the demonstration tells: lines to paste, indented by two, and what they show.</summary>
internal sealed class DemoTour
{
    private const int Clients = 200;

    private readonly DemoPlan _plan;
    private readonly StringBuilder _text = new();

    private DemoTour(DemoPlan plan) => _plan = plan;

    /// <summary>The secret that the tour shows and rotates.</summary>
    private string Secret =>
        _plan.Databases.Postgres is null ? DemoVault.MariaDbSecret : DemoVault.PostgresSecret;

    private string PostgresAddress =>
        $"127.0.0.1:{_plan.PostgresPort}/{ThrowawayServer.Database}?sslmode=require";

    private string MariaDbClient
    {
        get
        {
            var client = ChildProgram.Find("mariadb") is null ? "mysql" : "mariadb";
            return $"{client} --ssl -h 127.0.0.1 -P {_plan.MariaDbPort} -u {ThrowawayServer.User}";
        }
    }

    public static string Text(DemoPlan plan)
    {
        var tour = new DemoTour(plan);
        tour.Tell();
        return tour._text.ToString();
    }

    private void Tell()
    {
        var vault = _plan.Vault.Folder;
        Chapter(
            $"Sento is in front of {Names()}, with TLS,",
            $"{DemoPlan.ServerConnections} server connections each, and a vault with their passwords.",
            $"Its configuration: {_plan.ConfigurationFile}");
        Passwords();
        Tokens();
        Crowd();
        Chapter(
            "# The secret, by the API of Secrets Manager (the same access key) and without it:",
            ChildProgram.Find("aws") is null
                ? "  # (aws secretsmanager get-secret-value, where the AWS CLI is installed)"
                : $"  aws secretsmanager get-secret-value --secret-id {Secret} "
                    + $"--endpoint-url http://127.0.0.1:{_plan.AdminPort}",
            $"  {ThisProgram.Typed} secret get {Secret} --vault {vault}");
        Chapter(
            "# Another password while clients work; nobody is cut off, and the first one holds for an hour:",
            $"  {ThisProgram.Typed} secret rotate {Secret} --strategy single-user --vault {vault}");
        Chapter(
            "# What is going on; also /health /servers /pins /metrics:",
            $"  curl -s http://127.0.0.1:{_plan.AdminPort}/clients");
        Chapter(
            "Next: ./sento lab measures why; docs/operating/iam.md, secrets.md and configuration.md say how.",
            "Ctrl-C stops everything and removes the folders.");
    }

    private string Names()
    {
        var postgres = _plan.Databases.Postgres?.Software.Name + $" (port {_plan.PostgresPort})";
        var mariaDb = _plan.Databases.MariaDb?.Software.Name + $" (port {_plan.MariaDbPort})";
        return _plan.Databases.MariaDb is null ? postgres
            : _plan.Databases.Postgres is null ? mariaDb
            : $"{postgres} and {mariaDb}";
    }

    private void Passwords() => Chapter(
        "# With the password:",
        _plan.Databases.Postgres is { } postgres ? $"  {Program(postgres, "psql")} {Url(postgres)}" : null,
        _plan.Databases.MariaDb is { } mariaDb
            ? $"  {MariaDbClient} -p{mariaDb.Password} {ThrowawayServer.Database}" : null);

    private void Tokens() => Chapter(
        "# With an IAM token instead: user fn of the vault may. Its access key, shown once:",
        $"  export AWS_ACCESS_KEY_ID={_plan.Vault.KeyId} AWS_DEFAULT_REGION={DemoVault.Region}",
        $"  export AWS_SECRET_ACCESS_KEY={_plan.Vault.KeySecret}",
        _plan.Databases.Postgres is { } postgres
            ? $"  export PGPASSWORD=\"$({Token(_plan.PostgresPort)})\"\n"
                + $"  {Program(postgres, "psql")} 'postgresql://{ThrowawayServer.User}@{PostgresAddress}'"
            : null,
        _plan.Databases.MariaDb is null ? null
            : $"  {MariaDbClient} --password=\"$({Token(_plan.MariaDbPort)})\" {ThrowawayServer.Database}");

    private void Crowd()
    {
        if (_plan.Databases.Postgres is not { } postgres)
            return;
        var pgbench = Program(postgres, "pgbench");
        Chapter(
            $"# {Clients} clients on {DemoPlan.ServerConnections} connections:",
            $"  {pgbench} -i -q {Url(postgres)}",
            $"  {pgbench} -c {Clients} -j 2 -T 5 -S -M prepared {Url(postgres)}");
    }

    private void Chapter(params IEnumerable<string?> lines)
    {
        _text.Append('\n');
        foreach (var line in lines.OfType<string>())
            _text.Append(line).Append('\n');
    }

    private string Url(ThrowawayServer postgres) =>
        $"'postgresql://{ThrowawayServer.User}:{postgres.Password}@{PostgresAddress}'";

    /// <summary>By the AWS CLI where it is, else by our own command: the same token.</summary>
    private static string Token(int port)
    {
        var program = ChildProgram.Find("aws") is null ? $"{ThisProgram.Typed} iam" : "aws rds";
        return $"{program} generate-db-auth-token --hostname 127.0.0.1 --port {port} "
            + $"--region {DemoVault.Region} --username {ThrowawayServer.User}";
    }

    private static string Program(ThrowawayServer postgres, string name) =>
        ChildProgram.Find(name) is not null ? name : ((PostgresInstallation)postgres.Software).Program(name);
}
