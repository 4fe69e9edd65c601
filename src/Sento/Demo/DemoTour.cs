using Sento.Lab.Servers;

namespace Sento.Host.Demo;

/// <summary>What the demonstration tells: lines to paste, indented by two, and what they show.</summary>
internal static class DemoTour
{
    private const int Clients = 200;

    public static string Text(DemoPlan plan)
    {
        var (psql, pgbench) = (Postgres(plan, "psql"), Postgres(plan, "pgbench"));
        var address = $"127.0.0.1:{plan.PostgresPort}/{ThrowawayServer.Database}?sslmode=require";
        var account = $"{ThrowawayServer.User}:{plan.Databases.Postgres.Password}";
        var url = $"'postgresql://{account}@{address}'";
        var connections = DemoPlan.ServerConnections;
        return $"""

            Sento is in front of {Names(plan)}, with TLS,
            {connections} server connections each, and a vault with their passwords.
            Its configuration: {plan.ConfigurationFile}

            # With the password:
              {psql} {url}
            {MariaDb(plan)}
            # With an IAM token instead: user fn of the vault may. Its access key, shown once:
              export AWS_ACCESS_KEY_ID={plan.Vault.KeyId} AWS_DEFAULT_REGION={DemoVault.Region}
              export AWS_SECRET_ACCESS_KEY={plan.Vault.KeySecret}
              export PGPASSWORD="$({Token(plan.PostgresPort)})"
              {psql} 'postgresql://{ThrowawayServer.User}@{address}'
            {MariaDbByToken(plan)}
            # {Clients} clients on {connections} connections:
              {pgbench} -i -q {url}
              {pgbench} -c {Clients} -j 2 -T 5 -S -M prepared {url}

            # The secret, by the API of Secrets Manager (the same access key) and without it:
            {SecretByApi(plan)}
              {ThisProgram.Typed} secret get {DemoVault.PostgresSecret} --vault {plan.Vault.Folder}

            # Another password while clients work; nobody is cut off, and the first one holds for an hour:
              {Rotate} --vault {plan.Vault.Folder}

            # What is going on; also /health /servers /pins /metrics:
              curl -s http://127.0.0.1:{plan.AdminPort}/clients

            Next: ./sento lab measures why; docs/operating/iam.md, secrets.md and configuration.md say how.
            Ctrl-C stops everything and removes the folders.

            """;
    }

    private static string Names(DemoPlan plan) => plan.Databases.MariaDb is { } mariaDb
        ? $"{plan.Databases.Postgres.Software.Name} (port {plan.PostgresPort}) and {mariaDb.Software.Name} "
            + $"(port {plan.MariaDbPort})"
        : $"{plan.Databases.Postgres.Software.Name} (port {plan.PostgresPort})";

    private static string MariaDb(DemoPlan plan) => plan.Databases.MariaDb is { } server
        ? $"{MariaDbClient(plan)} -p{server.Password} {ThrowawayServer.Database}\n"
        : "";

    private static string MariaDbByToken(DemoPlan plan) => plan.Databases.MariaDb is null
        ? ""
        : $"{MariaDbClient(plan)} --password=\"$({Token(plan.MariaDbPort)})\" {ThrowawayServer.Database}\n";

    private static string MariaDbClient(DemoPlan plan)
    {
        var client = ChildProgram.Find("mariadb") is null ? "mysql" : "mariadb";
        return $"  {client} --ssl -h 127.0.0.1 -P {plan.MariaDbPort} -u {ThrowawayServer.User}";
    }

    /// <summary>By the AWS CLI where it is, else by our own command: the same token.</summary>
    private static string Token(int port)
    {
        var program = ChildProgram.Find("aws") is null ? $"{ThisProgram.Typed} iam" : "aws rds";
        return $"{program} generate-db-auth-token --hostname 127.0.0.1 --port {port} "
            + $"--region {DemoVault.Region} --username {ThrowawayServer.User}";
    }

    private static string Rotate =>
        $"{ThisProgram.Typed} secret rotate {DemoVault.PostgresSecret} --strategy single-user";

    private static string SecretByApi(DemoPlan plan) => ChildProgram.Find("aws") is null
        ? "  # (aws secretsmanager get-secret-value, where the AWS CLI is installed)"
        : $"  aws secretsmanager get-secret-value --secret-id {DemoVault.PostgresSecret} "
            + $"--endpoint-url http://127.0.0.1:{plan.AdminPort}";

    private static string Postgres(DemoPlan plan, string name) =>
        ChildProgram.Find(name) is not null ? name : plan.Databases.PostgresPrograms.Program(name);
}
