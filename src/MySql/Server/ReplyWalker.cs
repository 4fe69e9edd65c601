using Sento.Base;
using Sento.MySql.Replay;
using Sento.MySql.Wire;

namespace Sento.MySql.Server;

/// <summary>What a packet of a reply is.</summary>
internal enum PacketKind { Ok, Error, ColumnCount, Row, Definition, Prepared, FileRequest, Text }

/// <summary>
/// Where in one reply we are: which packet comes next, and with which number. One for each server
/// connection.
/// </summary>
internal sealed class ReplyWalker
{
    /// <summary>
    /// Bytes of definitions that are kept of a prepared statement, for clients that prepare it again.
    /// </summary>
    private const int DefinitionBytesMax = 64 * 1024;

    private Part _part;
    private byte _sequence = 1;
    private bool _continues;
    private bool _isHeadDone;
    private int _definitionsLeft;
    private int _parametersLeft;
    private PrepareOk _prepared;
    private ByteBuffer? _definitions;
    private bool _keeps;

    private enum Part : byte { First, Definitions, Rows, PreparedDefinitions }

    /// <summary>Rows of the result so far.</summary>
    public ulong RowCount { get; private set; }

    public bool IsBegun { get; private set; }

    /// <summary>All packets of a Prepare have come.</summary>
    public bool IsDone => _definitionsLeft + _parametersLeft == 0;

    /// <summary>A result's head has come, but neither a row nor its end.</summary>
    public bool IsRowless => _isHeadDone;

    public void Reset()
    {
        Restart();
        _sequence = 1;
        IsBegun = false;
        _definitions = null;
    }

    /// <summary>Another result of the same reply follows.</summary>
    public void Restart()
    {
        _part = Part.First;
        _isHeadDone = false;
        _continues = false;
        RowCount = 0;
    }

    public void CheckSequence(PacketHeader header, in ExpectedReply head)
    {
        if (!IsBegun)
            _sequence = (byte)(head.CommandPackets + 1);
        if (header.Sequence != _sequence)
            throw new ProtocolViolation("the server's packets are out of order");
        _sequence++;
        IsBegun = true;
    }

    /// <summary>The packet is passed on as it comes, whatever is in it.</summary>
    public bool CanStream(ref ExpectedReply head, PacketHeader header, byte first)
    {
        if (_continues)
            return true;
        if (head.Kind == ReplyKind.Binlog)
            return first != Reply.Error && !(first == Reply.Eof && header.PayloadBytes < 9);
        if (_part == Part.First && head.Kind is ReplyKind.Fetch)
            _part = Part.Rows;
        // Rows of our own questions are read whole; so is whatever may be the end.
        return _part == Part.Rows && head.Exchange is null && first != Reply.Error
            && (first != Reply.Eof || header.Continues);
    }

    public PacketKind Classify(ref ExpectedReply head, PacketHeader header, ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty && _part != Part.Rows)
            throw new ProtocolViolation("the server sent an empty packet");
        var first = payload.IsEmpty ? (byte)0 : payload[0];
        if (head.Kind == ReplyKind.Statistics)
            return first == Reply.Error ? PacketKind.Error : PacketKind.Text;
        if (first == Reply.Error)
            return PacketKind.Error;
        switch (_part)
        {
            case Part.Rows:
                return first == Reply.Eof && !header.Continues ? PacketKind.Ok : PacketKind.Row;
            case Part.Definitions:
            case Part.PreparedDefinitions:
                return PacketKind.Definition;
        }
        if (head.Kind == ReplyKind.Prepare)
            return first == Reply.Ok ? PacketKind.Prepared : throw Unexpected();
        if (head.Kind == ReplyKind.FieldList)
            return first == Reply.Eof ? PacketKind.Ok : PacketKind.Definition;
        return first switch
        {
            Reply.Ok => PacketKind.Ok,
            Reply.Eof when payload.Length < 0xff_ffff => PacketKind.Ok,
            Reply.LocalInfile => PacketKind.FileRequest,
            _ => PacketKind.ColumnCount,
        };
    }

    public void OnColumnCount(ReadOnlySpan<byte> payload)
    {
        var reader = new PacketReader(payload);
        var count = reader.ReadLength();
        if (count is 0 or > ushort.MaxValue)
            throw new ProtocolViolation("the server announced a result of too many columns");
        _definitionsLeft = (int)count;
        _part = Part.Definitions;
    }

    /// <returns>True: the last of its kind; a client that knows EOFs expects one here.</returns>
    public bool OnDefinition()
    {
        if (_part == Part.First)
            return false;
        if (_parametersLeft > 0)
            return --_parametersLeft == 0;
        if (--_definitionsLeft > 0)
            return false;
        if (_part == Part.Definitions)
        {
            _part = Part.Rows;
            _isHeadDone = true;
        }
        return true;
    }

    /// <summary>A row, or a piece of one, has been passed on.</summary>
    public void OnStreamed(PacketHeader header)
    {
        if (!_continues)
            RowCount++;
        _continues = header.Continues;
        _isHeadDone = false;
    }

    /// <summary>The first row is next, and a client that knows EOFs has not had that of the head.</summary>
    public bool EndsHeadWithoutEof(PacketHeader header) => _isHeadDone;

    public void OnEofInserted() => _isHeadDone = false;

    public void OnPrepared(in PrepareOk prepared)
    {
        _prepared = prepared;
        _parametersLeft = prepared.ParameterCount;
        _definitionsLeft = prepared.ColumnCount;
        _part = Part.PreparedDefinitions;
        _keeps = true;
        _definitions = IsDone ? null : new ByteBuffer(512);
    }

    /// <summary>For clients that prepare the same later.</summary>
    public void KeepDefinition(ReadOnlySpan<byte> payload)
    {
        _keeps &= payload.Length + _definitions!.Length < DefinitionBytesMax;
        if (!_keeps)
            return;
        PacketWriter.Header(_definitions, payload.Length, 0);
        _definitions.Write(payload);
    }

    public PreparedShape? TakeShape(long generation, LoopTime now) => !_keeps ? null
        : new PreparedShape(_prepared.ColumnCount, _prepared.ParameterCount, _prepared.Warnings,
            _definitions is null ? [] : _definitions.Written.ToArray(), generation, now);

    /// <summary>The client sends a file now; then the reply goes on.</summary>
    public void OnFileRequested() => _part = Part.First;

    public void ExpectAfter(byte sequence) => _sequence = (byte)(sequence + 1);

    private static ProtocolViolation Unexpected() => new("the server's reply does not fit what was asked");
}
