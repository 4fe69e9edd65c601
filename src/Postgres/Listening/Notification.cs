using System.Buffers.Binary;
using System.Text;
using Sento.Base;
using Sento.Postgres.Wire;

namespace Sento.Postgres.Listening;

/// <summary>One NotificationResponse, shared by all clients that are to hear it. Immutable.</summary>
/// <remarks>
/// Byte1('A') Int32(length) Int32(process) String(channel) String(payload). PostgreSQL 18, Message Formats,
/// NotificationResponse. Which process a client is told is decided for each client.
/// </remarks>
internal sealed class Notification
{
    private readonly byte[] _message;

    private Notification(byte[] message, int processId, string channel)
    {
        _message = message;
        ProcessId = processId;
        Channel = channel;
    }

    /// <summary>The server's process that has notified.</summary>
    public int ProcessId { get; }

    /// <summary>Each char is one byte of the name as the server sent it.</summary>
    public string Channel { get; }

    public int ByteCount => _message.Length;

    /// <summary>The payload, one char a byte.</summary>
    public string Payload => Encoding.Latin1.GetString(_message.AsSpan(9 + Channel.Length + 1)[..^1]);

    public bool IsAscii => Ascii.IsValid(_message.AsSpan(9));

    public static Notification Read(ReadOnlySpan<byte> body)
    {
        var reader = new MessageReader(body);
        var processId = reader.ReadInt32();
        var channel = Encoding.Latin1.GetString(reader.ReadText());
        reader.ReadText();
        reader.ExpectEnd();
        var message = new byte[body.Length + 5];
        message[0] = ServerCode.NotificationResponse;
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(1), body.Length + 4);
        body.CopyTo(message.AsSpan(5));
        return new Notification(message, processId, channel);
    }

    /// <param name="processId">Whom the client is to take for the notifier.</param>
    public void Write(ByteBuffer output, int processId)
    {
        var start = output.Length;
        output.Write(_message);
        BinaryPrimitives.WriteInt32BigEndian(output.WrittenForEdit[(start + 5)..], processId);
    }
}
