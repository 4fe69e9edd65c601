using Sento.Tests.Support.Databases;

namespace Sento.Tests.MySqlScenarios;

/// <summary>
/// Both servers, each with its proxy. Started once and at the same time, ended with the tests.
/// </summary>
public sealed class Grounds : IAsyncLifetime
{
    private readonly Ground _mariaDb = new(MySqlKind.MariaDb);
    private readonly Ground _mySql = new(MySqlKind.MySql);

    public Ground Of(MySqlKind kind) => kind == MySqlKind.MariaDb ? _mariaDb : _mySql;

    public async ValueTask InitializeAsync() => await Task.WhenAll(_mariaDb.Start(), _mySql.Start());

    public async ValueTask DisposeAsync()
    {
        await _mariaDb.DisposeAsync();
        await _mySql.DisposeAsync();
    }
}
