using Sento.MySql.Wire;

namespace Sento.MySql.Client;

/// <summary>What SHOW WARNINGS said of a client's last statement: kept as it came, up to a bound.</summary>
internal sealed class Diagnostics
{
    private const int BytesMax = 64 * 1024;
    private readonly List<byte[]> _definitions = [];
    private readonly List<(byte[] Row, bool IsError)> _rows = [];
    private int _bytes;

    /// <summary>All of it is here.</summary>
    public bool IsWhole => _bytes <= BytesMax;

    public IReadOnlyList<byte[]> Definitions => _definitions;

    public int ErrorCount { get; private set; }

    public int Count => _rows.Count;

    public void AddDefinition(ReadOnlySpan<byte> payload) => _definitions.Add(payload.ToArray());

    public void AddRow(ReadOnlySpan<byte> payload)
    {
        _bytes += payload.Length;
        if (!IsWhole)
            return;
        var reader = new PacketReader(payload);
        var isError = reader.TryReadValue(out var level) && level.SequenceEqual("Error"u8);
        ErrorCount += isError ? 1 : 0;
        _rows.Add((payload.ToArray(), isError));
    }

    public IEnumerable<byte[]> Rows(bool onlyErrors) =>
        _rows.Where(row => row.IsError || !onlyErrors).Select(row => row.Row);
}
