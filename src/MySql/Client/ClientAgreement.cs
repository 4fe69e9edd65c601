using System.Text;
using Sento.Base;
using Sento.MySql.Wire;

namespace Sento.MySql.Client;

/// <summary>What one client and we have agreed on, and so what it hears of its session's changes.</summary>
/// <param name="isMariaDb">The server is one.</param>
internal sealed class ClientAgreement(
    Capabilities capabilities, MariaDbCapabilities mariaDb, bool isMariaDb)
{
    private static readonly string[] FirstNames =
        ["autocommit", "character_set_client", "character_set_connection", "character_set_results",
            "time_zone"];

    private string[] _names = FirstNames;
    private bool _hearsAll;
    private bool _hearsSchema = true;
    private bool _hearsChange;
    private bool _asksTransactions;
    private ByteBuffer? _filtered;
    private PendingChanges? _pending;
    private bool _isSameReply;

    public Capabilities Capabilities => capabilities;

    public MariaDbCapabilities MariaDb => mariaDb;

    public bool HasDeprecateEof { get; } = (capabilities & Capabilities.DeprecateEof) != 0;

    public bool HasSessionTrack { get; } = (capabilities & Capabilities.SessionTrack) != 0;

    public bool HasQueryAttributes { get; } = (capabilities & Capabilities.QueryAttributes) != 0;

    /// <summary>Of what SET TRANSACTION changes it wants the server's own word.</summary>
    public bool HearsTransactions => HasSessionTrack && (_hearsChange || _asksTransactions);

    /// <summary>Changes that it could not be told of yet.</summary>
    public bool HasPending => _pending is { IsEmpty: false };

    /// <summary>
    /// It hears of these changes with the next OK; of MariaDB's with the next of the same reply, or that has
    /// something else to tell.
    /// </summary>
    public void Defer(ReadOnlySpan<byte> changes, bool isInReply)
    {
        if (HasSessionTrack && !changes.IsEmpty)
            (_pending ??= new PendingChanges()).Add(changes);
        _isSameReply = isInReply;
    }

    /// <summary>A reply to it is complete.</summary>
    public void EndReply() => _isSameReply = false;

    /// <summary>A reset has ended what they tell of.</summary>
    public void Forget() => _pending?.Clear();

    /// <summary>Those of the changes that it asked for; valid until the next call.</summary>
    public ReadOnlySpan<byte> ChangesFor(ReadOnlySpan<byte> changes)
    {
        if (!HasSessionTrack)
            return default;
        if (HasPending && (!isMariaDb || _isSameReply || HasAskedFor(changes)))
            changes = _pending!.TakeWith(changes);
        return changes.IsEmpty ? default : Filter(changes);
    }

    /// <summary>It asked for some of it, whether or not OKs can tell it.</summary>
    public bool HasAskedFor(ReadOnlySpan<byte> changes) => Filter(changes).Length > 0;

    private ReadOnlySpan<byte> Filter(ReadOnlySpan<byte> changes)
    {
        _filtered ??= new ByteBuffer(64);
        _filtered.Clear();
        var reader = new TrackerReader(changes);
        while (reader.Next())
        {
            switch (reader.Kind)
            {
                case TrackerKind.Schema when _hearsSchema:
                case TrackerKind.StateChange when _hearsChange:
                    _filtered.Write(reader.Item);
                    break;
                case TrackerKind.Gtids or TrackerKind.TransactionCharacteristics
                    or TrackerKind.TransactionState:
                    // Told only where the session asks for them.
                    _filtered.Write(reader.Item);
                    break;
                case TrackerKind.Variable:
                    if (Hears(reader.Name))
                        WriteVariable(reader.Name, reader.Value);
                    break;
            }
        }
        return _filtered.Written;
    }

    /// <summary>What a sign-in with a schema tells; valid until the next call.</summary>
    public ReadOnlySpan<byte> SchemaChosen(string schema)
    {
        if (!HasSessionTrack)
            return default;
        var name = MySqlProtocol.ToWire(schema);
        var data = new ByteBuffer(name.Length + 4);
        PacketWriter.Text(data, name);
        _filtered ??= new ByteBuffer(64);
        _filtered.Clear();
        _filtered.WriteByte((byte)TrackerKind.Schema);
        PacketWriter.Text(_filtered, data.Written);
        return _filtered.Written;
    }

    /// <summary>The client changes what it wants to hear; ours stays as it is.</summary>
    public void Follow(string name, string value)
    {
        var isOn = value is "ON" or "1";
        if (name == "session_track_schema")
            _hearsSchema = isOn;
        else if (name == "session_track_state_change")
            _hearsChange = isOn;
        else if (name == "session_track_transaction_info")
            _asksTransactions = !value.Equals("OFF", StringComparison.OrdinalIgnoreCase);
        else if (name == "session_track_system_variables")
        {
            _names = value.ToLowerInvariant()
                .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            _hearsAll = _names is ["*"];
        }
    }

    private bool Hears(ReadOnlySpan<byte> name)
    {
        if (_hearsAll)
            return true;
        foreach (var known in _names)
        {
            if (Ascii.Equals(name, known))
                return true;
        }
        return false;
    }

    private void WriteVariable(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var data = new ByteBuffer(name.Length + value.Length + 8);
        PacketWriter.Text(data, name);
        PacketWriter.Text(data, value);
        _filtered!.WriteByte((byte)TrackerKind.Variable);
        PacketWriter.Text(_filtered, data.Written);
    }
}
