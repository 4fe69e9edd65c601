using Sento.Tests.Support;
using Sento.Tests.Support.Scripted;
using static Sento.Tests.Support.Scripted.ToServer;

namespace Sento.Tests.Scenarios;

/// <summary>
/// Answers that come when their client has gone, in one receive with the last word that is awaited, while
/// another client waits for the connection: nobody hears them.
/// </summary>
public sealed class LateAnswers
{
    /// <param name="isExtended">By the extended protocol.</param>
    /// <param name="closes">With a Close of a named statement, which the proxy answers itself.</param>
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Rows_of_a_client_that_has_vanished_reach_nobody(bool isExtended, bool closes)
    {
        var isCancelled = new TaskCompletionSource();
        await using var server = new FakePostgresServer(async connection =>
        {
            await connection.ExpectStartup();
            if (connection.IsCancel)
            {
                connection.EndSending();
                while (await connection.TryReceive() is not null) ;
                isCancelled.SetResult();
                return;
            }
            await connection.WelcomeTrusting();
            while (await connection.TryReceive() is { } message)
            {
                if (!Asks(message, "secret"))
                {
                    await connection.Answer(message);
                    continue;
                }
                // Up to the Sync with which the proxy ends what the client has left.
                byte[] late =
                [
                    .. isExtended ? [.. ToClient.ParseComplete(), .. ToClient.BindComplete()]
                        : ToClient.RowDescription("word"),
                    .. ToClient.DataRow("secret"), .. ToClient.CommandComplete("SELECT 1"),
                    .. ToClient.ReadyForQuery(),
                ];
                for (var syncs = isExtended ? 2 : 1; syncs > 0;)
                    syncs -= (await connection.Receive()).Code == 'S' ? 1 : 0;
                await isCancelled.Task;
                await connection.Send(late, ToClient.ReadyForQuery());
            }
        });
        await using var sento = await OwnProxy.Start(server.Port, "MaxConnections: 1");
        var gone = await ScriptedClient.Open(sento.Door());
        await gone.Query("select 1");
        await gone.Send(isExtended
            ? [.. Extended("select 'secret'"), .. closes ? CloseStatement("mine") : [], .. Sync()]
            : Query("select 'secret'"));
        await using var waits = await ScriptedClient.Open(sento.Door());
        await waits.Send(Query("select 2"));
        await Eventually.Holds(async () => (await sento.Metrics()).Sum("sento_clients_waiting") == 1);
        gone.Vanish();
        Assert.Equal("C(SELECT 0) Z(I)", (await waits.ReceiveUntilReady()).Text);
        Assert.Equal("C(SELECT 0) Z(I)", (await waits.Query("select 3")).Text);
    }

    private static bool Asks(ServerMessage message, string word) => message.Code is 'Q' or 'P'
        && System.Text.Encoding.UTF8.GetString(message.Body.Span).Contains(word, StringComparison.Ordinal);
}
