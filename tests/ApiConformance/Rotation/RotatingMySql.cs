using System.Data.Common;
using MySqlConnector;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;

namespace Sento.Tests.ApiConformance.Rotation;

/// <summary>MySQL and MariaDB by MySqlConnector.</summary>
internal sealed class RotatingMySql : RotatingServer
{
    private readonly MySqlServer _server;

    private RotatingMySql(MySqlServer server) => _server = server;

    public override string Engine => _server.Kind == MySqlKind.MariaDb ? "mariadb" : "mysql";

    public override int Port => _server.Port;

    public override string Superuser => MySqlServer.Superuser;

    public override string AdministrationDatabase => MySqlServer.Database;

    public static async Task<RotatingMySql> Start(string engine) => new(await MySqlServer.Start(
        new MySqlOptions
        {
            Kind = engine == "mariadb" ? MySqlKind.MariaDb : MySqlKind.MySql,
            SetupSql = "create table if not exists app.done(n int);",
        }));

    public override Task<object?> Execute(string sql) => _server.Execute(sql);

    public override Task Lock(bool isLocked) =>
        Execute($"ALTER USER 'app'@'%' ACCOUNT {(isLocked ? "LOCK" : "UNLOCK")}");

    public override bool IsFailure(Exception error) => error is MySqlException;

    public override ValueTask DisposeAsync() => _server.DisposeAsync();

    protected override DbConnection Client(SentoProcess proxy, string user, string password) =>
        new MySqlConnection(
            $"Server=127.0.0.1;Port={proxy.Port};User ID={user};Password={password};Database=app;"
            + "Pooling=false;ConnectionTimeout=30;AllowPublicKeyRetrieval=true;SslMode=None");
}
