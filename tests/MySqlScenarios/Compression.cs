using System.Diagnostics;
using MySqlConnector;
using Sento.Tests.Support;
using Sento.Tests.Support.Databases;
using Sento.Tests.Support.Processes;
using Sento.Tests.Support.Scripted.MySql;

namespace Sento.Tests.MySqlScenarios;

/// <summary>Clients that compress: what they hear is what the server itself would say.</summary>
public sealed class Compression(Grounds grounds) : Play(grounds)
{
    [Theory]
    [InlineData(MySqlKind.MariaDb, MySqlFlags.Compress)]
    [InlineData(MySqlKind.MySql, MySqlFlags.Compress)]
    [InlineData(MySqlKind.MySql, MySqlFlags.ZstdCompress)]
    [InlineData(MySqlKind.MySql, MySqlFlags.Compress | MySqlFlags.ZstdCompress)]
    public Task Whatever_is_said_is_the_same_compressed(MySqlKind on, MySqlFlags flags) =>
        Compare(on, async side =>
    {
        var client = await side.Open(side.Door.With(flags | MySqlFlags.LocalFiles));
        Assert.True(client.IsCompressed);
        Assert.Equal("(1)", (await client.Query("select 1")).Text);
        await client.Query("create table t (id int primary key, b longtext)");
        foreach (var length in new[] { 1, 48, 60, 5_000, 300_000, 2_000_000 })
        {
            var text = new string('x', length);
            Assert.Equal("OK(1)", (await client.Query($"insert into t values ({length}, '{text}')")).Text);
            await side.Disturb();
            var heard = (await client.Query($"select b from t where id = {length}")).Scalar!;
            Assert.True(
                heard == text || heard.StartsWith($"{length} bytes", StringComparison.Ordinal), heard);
        }
        var noise = new byte[20_000];
        new Random(7).NextBytes(noise);
        await client.Query($"select '{Convert.ToBase64String(noise)}'");
        Assert.True(client.CompressedCount > 4, "nothing was compressed");
        if (!side.IsDirect)
            Assert.InRange(client.PlainBytesMax, 60_000, 64 * 1024);
        await client.Query("select 1; select id from t order by id; nonsense");
        var statement = await client.Prepare("select ?, repeat('y', ?)");
        await side.Disturb();
        await statement.Execute("a", 1000);
        await client.Query(
            "load data local infile 'f' into table t fields terminated by ',' (id, b)");
        await client.SendFile([.. "7,seven\n8,"u8, .. Enumerable.Repeat((byte)'z', 5000), (byte)'\n']);
        await client.Query("select id, length(b) from t order by id");
        await client.ChangeUser(client.Door.As("app", "secret").To("other"));
        Assert.Equal("other", (await client.Query("select database()")).Scalar);
        await client.Ask(0x0e);
        await client.Quit();
    });

    [Theory]
    [InlineData(MySqlKind.MariaDb, MySqlFlags.Compress)]
    [InlineData(MySqlKind.MySql, MySqlFlags.Compress)]
    [InlineData(MySqlKind.MySql, MySqlFlags.ZstdCompress)]
    public async Task Behind_tls_and_in_pieces_of_one_byte_too(MySqlKind on, MySqlFlags flags)
    {
        await using var sento = await SignIn.StartTls(Grounds.Of(on));
        foreach (var door in new[] { Ground.DoorTo(sento), Ground.DoorTo(sento).WithTls() })
        {
            await using var client = await ScriptedMySqlClient.Open(door.With(flags));
            Assert.StartsWith("(100000 bytes", (await client.Query("select repeat('y', 100000)")).Text,
                StringComparison.Ordinal);
            var text = $"select length('{new string('x', 3000)}')";
            foreach (var pieceBytes in new[] { 1, 7, 100 })
            {
                await client.SendInPieces([0x03, .. System.Text.Encoding.ASCII.GetBytes(text)], pieceBytes);
                Assert.Equal("(3000)", (await client.Receive()).Text);
            }
        }
    }

    [Theory]
    [InlineData(MySqlKind.MariaDb, MySqlFlags.Compress)]
    [InlineData(MySqlKind.MySql, MySqlFlags.ZstdCompress)]
    public async Task What_a_packet_promises_and_does_not_hold_ends_its_client_alone(
        MySqlKind on, MySqlFlags flags)
    {
        await Grounds.Of(on).Clean();
        await using var sento = await OwnProxy.Start(Grounds.Of(on).Server.Port);
        await using var honest = await ScriptedMySqlClient.Open(Ground.DoorTo(sento).With(flags));
        var noise = new byte[200];
        new Random(5).NextBytes(noise);
        var select = MySqlBytes.Packets([0x03, .. "select 1"u8], 0);
        var zeros = new byte[16_000_000];
        foreach (var (length, number, promised, payload) in new[]
        {
            (-1, 0, 100, noise), (-1, 3, 0, select), (0, 0, 0, []), (0, 0, 50, []),
            (-1, 0, 0xff_ffff, honest.Compressed(select)), (-1, 0, 1, honest.Compressed(select)),
            (-1, 0, 5, honest.Compressed(zeros)), (-1, 0, 100, honest.Compressed(zeros)[..10]),
        })
        {
            await using var client = await ScriptedMySqlClient.Open(Ground.DoorTo(sento).With(flags));
            await client.SendUncompressed(new MySqlBytes().Int(length < 0 ? payload.Length : length, 3)
                .Byte(number).Int(promised, 3).Raw(payload).ToArray());
            while (await client.TryReadPacket() is { } packet)
                Assert.Equal(0xff, packet[0]);
            Assert.Equal("(1)", (await honest.Query("select 1")).Text);
        }
        // Promises of 16 MB, none of which comes: nothing is set aside for them.
        var before = sento.ResidentBytes;
        var silent = new List<ScriptedMySqlClient>();
        for (var i = 0; i < 40; i++)
        {
            silent.Add(await ScriptedMySqlClient.Open(Ground.DoorTo(sento).With(flags)));
            await silent[i].SendUncompressed([0xff, 0xff, 0xff, 0, 0xff, 0xff, 0xff, 1, 2, 3]);
        }
        for (var i = 0; i < 20; i++)
            Assert.Equal("(1)", (await honest.Query("select 1")).Text);
        Assert.InRange(sento.ResidentBytes - before, long.MinValue, 40 << 20);
        foreach (var client in silent)
            client.Vanish();
    }

    [Theory]
    [InlineData(MySqlKind.MariaDb, MySqlFlags.Compress)]
    [InlineData(MySqlKind.MySql, MySqlFlags.ZstdCompress)]
    public async Task Few_bytes_that_mean_many_do_not_hold_others_up(MySqlKind on, MySqlFlags flags)
    {
        await Grounds.Of(on).Clean();
        await using var sento = await OwnProxy.Start(Grounds.Of(on).Server.Port);
        await using var many = await ScriptedMySqlClient.Open(Ground.DoorTo(sento).With(flags));
        await using var other = await ScriptedMySqlClient.Open(Ground.DoorTo(sento));
        await other.Ask(0x0e);
        // COM_STMT_CLOSE of nothing, of which nobody hears: 14 million of them, in a few receives.
        byte[] close = [5, 0, 0, 0, 0x19, 9, 9, 9, 9];
        var closes = new byte[close.Length * 1_750_000];
        for (var at = 0; at < closes.Length; at += close.Length)
            close.CopyTo(closes, at);
        var payload = many.Compressed(closes);
        var ping = MySqlBytes.Packets([0x0e], 0);
        var wire = new MySqlBytes();
        for (var number = 0; number < 8; number++)
            wire.Int(payload.Length, 3).Byte(number).Int(closes.Length, 3).Raw(payload);
        wire.Int(ping.Length, 3).Byte(8).Int(0, 3).Raw(ping);
        Assert.InRange(wire.ToArray().Length, 0, 1_000_000);
        await many.SendUncompressed(wire.ToArray());
        var done = many.Receive();
        for (var turn = 0; turn < 20; turn++)
        {
            await other.Ask(0x0e);
            Assert.False(done.IsCompleted, $"only {turn} others were served meanwhile");
        }
        await done;
    }

    [Theory, OnBoth]
    public Task A_driver_that_compresses_works(MySqlKind on) => OnlyThroughSento(on, async side =>
    {
        await using var connection = new MySqlConnection($"Server=127.0.0.1;Port={Grounds.Of(on).Proxy.Port};"
            + "User ID=app;Password=secret;Database=app;UseCompression=true");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new MySqlCommand("select repeat('x', @n)", connection);
        foreach (var length in new[] { 10, 1000, 3_000_000 })
        {
            command.Parameters.Clear();
            command.Parameters.AddWithValue("@n", length);
            var text = (string?)await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
            Assert.Equal(length, text!.Length);
            await side.Disturb();
        }
    });

    [Theory]
    [InlineData(MySqlKind.MariaDb, "--compress")]
    [InlineData(MySqlKind.MySql, "--compression-algorithms=zlib")]
    [InlineData(MySqlKind.MySql, "--compression-algorithms=zstd --zstd-compression-level=19")]
    public async Task The_servers_own_client_compresses(MySqlKind on, string arguments)
    {
        var start = new ProcessStartInfo(MySqlPrograms.Client(on), $"--no-defaults --host=127.0.0.1 "
            + $"--port={Grounds.Of(on).Proxy.Port} --user=app --password=secret {arguments} -N -B app")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var client = Process.Start(start)!;
        var errors = client.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await client.StandardInput.WriteAsync(
            $"select length('{new string('x', 100_000)}');\nselect repeat('y', 5000);\nselect 'end';\n");
        client.StandardInput.Close();
        var heard = await client.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await client.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(heard == $"100000\n{new string('y', 5000)}\nend\n", heard + await errors);
    }
}
