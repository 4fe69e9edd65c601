using Sento.Tests.Drivers;
using Sento.Tests.Support.Databases;
using Xunit;

[assembly: AssemblyFixture(typeof(DatabaseFixture))]

namespace Sento.Tests.Drivers;

/// <summary>The PostgreSQL server of this suite, with room for a crowd that comes without a proxy.</summary>
public sealed class DatabaseFixture : IAsyncLifetime, IDriverGround
{
    /// <summary>Of the collection that plays on it: one test at a time.</summary>
    public const string Name = "PostgreSQL";

    public PostgresServer Server { get; private set; } = null!;

    public DriverTarget Target =>
        new(Server.Host, Server.Port, PostgresServer.User, PostgresServer.Password, PostgresServer.Database);

    public string Url => Server.Url;

    public async ValueTask InitializeAsync()
    {
        Server = await PostgresServer.Start(new PostgresOptions
        {
            // psql describes servers of its own version: \l of psql 15 fails on PostgreSQL 18.
            Version = PostgresVersion.Distribution,
            ConnectionsMax = 300,
            SetupSql = "create role reader login password 'secret'",
        });
        await Server.Execute("create database other");
    }

    public Task Clean() => Server.Execute(
        "set client_min_messages = warning; set lock_timeout = '30s'; drop schema public cascade;"
        + $" create schema public authorization {PostgresServer.User}");

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
