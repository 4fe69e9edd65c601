namespace Sento.Tests.Support.Scripted.MySql;

/// <summary>A statement that a scripted client has prepared by the binary protocol, or tried to.</summary>
public sealed class ScriptedStatement
{
    private readonly ScriptedMySqlClient _client;
    private IReadOnlyList<int> _cursorTypes = [];

    internal ScriptedStatement(ScriptedMySqlClient client, MySqlReplyReader reader)
    {
        _client = client;
        Id = reader.StatementId;
        ParameterCount = reader.ParameterCount;
        Reply = new MySqlReply(reader.Items);
    }

    public uint Id { get; }

    public int ParameterCount { get; }

    /// <summary>What the server said to the Prepare.</summary>
    public MySqlReply Reply { get; }

    /// <summary>
    /// Executes it with values: null, int, long, double, string, byte[] or <see cref="LongData"/>.
    /// </summary>
    public Task<MySqlReply> Execute(params object?[] values) => Execute(values, sendsTypes: true);

    /// <param name="cursor">1: rows stay with the server until they are fetched.</param>
    public async Task<MySqlReply> Execute(object?[] values, bool sendsTypes, byte cursor = 0)
    {
        await _client.SendCommand(ExecutePayload(values, sendsTypes, cursor));
        var reader = await _client.Read(new MySqlReplyReader(_client.Flags, MySqlShape.Binary));
        _cursorTypes = reader.Types;
        return new MySqlReply(reader.Items);
    }

    public byte[] ExecutePayload(object?[] values, bool sendsTypes = true, byte cursor = 0)
    {
        var packet = MySqlBytes.Command(0x17).Int(Id, 4).Byte(cursor).Int(1, 4);
        var hasAttributes = (_client.Flags & MySqlFlags.QueryAttributes) != 0;
        if (values.Length > 0 && hasAttributes)
            packet.Length(values.Length);
        if (values.Length > 0)
            MySqlBinaryRow.Write(packet, values, sendsTypes, hasNames: hasAttributes);
        return packet.ToArray();
    }

    /// <summary>Opens a cursor.</summary>
    public Task<MySqlReply> Open(params object?[] values) => Execute(values, sendsTypes: true, cursor: 1);

    public async Task<MySqlReply> Fetch(int rows)
    {
        await _client.SendCommand(MySqlBytes.Command(0x1c).Int(Id, 4).Int(rows, 4).ToArray());
        return await _client.Receive(MySqlShape.Fetch, _cursorTypes);
    }

    /// <summary>A part of a parameter; nothing is answered.</summary>
    public Task SendLong(int parameter, byte[] data) =>
        _client.SendCommand(MySqlBytes.Command(0x18).Int(Id, 4).Int(parameter, 2).Raw(data).ToArray());

    public Task<MySqlReply> Reset() => _client.Ask(0x1a, new MySqlBytes().Int(Id, 4).ToArray());

    /// <summary>Nothing is answered.</summary>
    public Task Close() => _client.SendCommand(MySqlBytes.Command(0x19).Int(Id, 4).ToArray());
}
