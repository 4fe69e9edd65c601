namespace Sento.Tests.Scenarios;

/// <summary>
/// What a client has asked for at its start, and a RESET leads back to: as far as that is done.
/// </summary>
public sealed class Baselines(Ground ground) : Play(ground)
{
    private const string Who = "select current_user, current_setting('role'), current_setting('work_mem')";

    [Theory]
    [InlineData("reset role")]
    [InlineData("reset all")]
    [InlineData("set role to default")]
    public Task A_role_of_the_start_comes_back_by_its_own_reset_alone(string reset) => Compare(async side =>
    {
        var client = await side.Open(("options", "-c role=helper -c work_mem=5MB"));
        var other = await side.Open();
        await client.Query("set role none; set work_mem = '7MB'");
        await client.Query(reset);
        for (var round = 0; round < 3; round++)
        {
            await other.Query(Who);
            await client.Query(Who);
        }
        await client.Query("discard all");
        await other.Query(Who);
        await client.Query(Who);
    });

    [Theory]
    [InlineData("reset role")]
    [InlineData("reset all")]
    [InlineData("reset work_mem")]
    public Task A_reset_that_is_rolled_back_leaves_what_was_set(string reset) => Compare(async side =>
    {
        var client = await side.Open(("options", "-c role=helper -c work_mem=5MB"));
        var other = await side.Open();
        await client.Query("set role none; set work_mem = '7MB'");
        await client.Query("begin");
        await client.Query(reset);
        await client.Query(Who);
        await client.Query("rollback");
        for (var round = 0; round < 3; round++)
        {
            await other.Query(Who);
            await client.Query(Who);
        }
    });

    [Fact]
    public async Task Hundreds_of_settings_in_one_transaction_are_their_clients_alone()
    {
        await using var sento = await OwnProxy.Start(Ground.Server.Port, "MaxConnections: 1");
        await using var client = await Support.Scripted.ScriptedClient.Open(sento.Door());
        await using var other = await Support.Scripted.ScriptedClient.Open(sento.Door());
        await client.Query("begin");
        for (var n = 0; n < 300; n++)
            await client.Query($"set app.many_{n} = 'mine'");
        await client.Query("commit");
        Assert.Equal(1, (await sento.Metrics()).Sum("sento_pins_total"));
        Assert.Equal("mine", (await client.Query("show app.many_299")).Scalar);
        await client.Query("discard all");
        const string look = "select coalesce(current_setting('app.many_299', true), '')";
        Assert.Equal("", (await other.Query(look)).Scalar);
    }
}
