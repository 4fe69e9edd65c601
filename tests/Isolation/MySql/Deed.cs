using System.Globalization;
using System.Text;

namespace Sento.Tests.Isolation.MySql;

/// <summary>What one client does in one turn.</summary>
/// <remarks>A tilde in a text stands for the name of the arena's schema.</remarks>
public abstract record Deed
{
    public abstract string Text { get; }

    /// <summary>Does it; everything heard is told to <paramref name="hears"/>.</summary>
    public abstract Task Do(Actor actor, Action<string> hears);
}

/// <summary>A statement, or several, as text.</summary>
/// <param name="Name">How it is called in a scene's text, when it is too long to be shown.</param>
public sealed record Says(byte[] Bytes, string? Name = null) : Deed
{
    public Says(string sql, string? name = null) : this(Encoding.Latin1.GetBytes(sql), name)
    {
    }

    public override string Text => Name ?? Encoding.Latin1.GetString(Bytes);

    public override async Task Do(Actor actor, Action<string> hears)
    {
        var text = Encoding.Latin1.GetString(Bytes).Replace("~", actor.Arena, StringComparison.Ordinal);
        Actor.Tell(await actor.Client.Query(Encoding.Latin1.GetBytes(text)), hears);
    }
}

/// <summary>COM_STMT_PREPARE into one of the client's slots.</summary>
public sealed record Prepares(int Slot, string Sql) : Deed
{
    public override string Text => $"prepare {Slot}: {Sql}";

    public override async Task Do(Actor actor, Action<string> hears)
    {
        var statement = await actor.Client.Prepare(
            Sql.Replace("~", actor.Arena, StringComparison.Ordinal));
        Actor.Tell(statement.Reply, hears);
        actor.Put(Slot, statement.Reply.Error is null ? statement : null);
    }
}

/// <summary>COM_STMT_EXECUTE of what a slot holds, with as many of the values as it has parameters.</summary>
/// <param name="SendsTypes">False: where they were sent before they are not sent again.</param>
public sealed record Executes(int Slot, object?[] Values, bool SendsTypes, bool OpensCursor) : Deed
{
    public override string Text => $"execute{(OpensCursor ? " with cursor" : "")} {Slot} "
        + $"[{string.Join(", ", Values.Select(Shown))}]"
        + (SendsTypes ? "" : " without types");

    private static string Shown(object? value) =>
        Convert.ToString(value, CultureInfo.InvariantCulture) ?? "NULL";

    public override async Task Do(Actor actor, Action<string> hears)
    {
        if (actor.Slots[Slot] is not { } slot)
            return;
        // MySQL executes what has had a cursor without its rows: the proxy does better.
        if (slot.HasHadCursor && !OpensCursor)
            return;
        slot.HasHadCursor |= OpensCursor;
        var values = Values.Take(slot.Statement.ParameterCount).ToArray();
        var sendsTypes = SendsTypes || !slot.HasTypes;
        Actor.Tell(await slot.Statement.Execute(values, sendsTypes, OpensCursor ? (byte)1 : (byte)0), hears);
        slot.HasTypes = true;
    }
}

public enum StatementCommand { Fetch, Reset, Close, SendLong }

/// <summary>What else there is for prepared statements.</summary>
public sealed record Handles(int Slot, StatementCommand Command) : Deed
{
    public override string Text => $"{Command} {Slot}";

    public override async Task Do(Actor actor, Action<string> hears)
    {
        if (actor.Slots[Slot] is not { Statement: var statement })
            return;
        switch (Command)
        {
            case StatementCommand.Fetch:
                var fetched = await statement.Fetch(2);
                Actor.Tell(fetched, hears);
                // The proxy's own errors are not among the warnings (docs/protocols/mysql.md).
                if (fetched.Error is not null)
                    await actor.Client.Query("select 1 from (select 1) t");
                break;
            case StatementCommand.Reset:
                Actor.Tell(await statement.Reset(), hears);
                break;
            case StatementCommand.SendLong when statement.ParameterCount > 0:
                await statement.SendLong(0, "12"u8.ToArray());
                break;
            case StatementCommand.Close:
                await statement.Close();
                actor.Put(Slot, null);
                break;
        }
    }
}

/// <summary>A command by its code.</summary>
public sealed record Commands(byte Code, byte[] Argument, string Name) : Deed
{
    public static readonly Commands Ping = new(0x0e, [], "COM_PING");
    public static readonly Commands Reset = new(0x1f, [], "COM_RESET_CONNECTION");

    public static Commands Schema(string name) => new(0x02, Encoding.ASCII.GetBytes(name),
        $"COM_INIT_DB {name}");

    public static Commands Several(bool isOn) => new(0x1b, [(byte)(isOn ? 0 : 1), 0],
        $"COM_SET_OPTION several statements {(isOn ? "on" : "off")}");

    public override string Text => Name;

    public override async Task Do(Actor actor, Action<string> hears)
    {
        var argument = Encoding.ASCII.GetString(Argument).Replace("~", actor.Arena,
            StringComparison.Ordinal);
        Actor.Tell(await actor.Client.Ask(Code, argument), hears);
        if (Code == Reset.Code)
            actor.PutAll();
    }
}

/// <summary>COM_CHANGE_USER.</summary>
public sealed record ChangesUser(Beginning Beginning) : Deed
{
    public override string Text => $"COM_CHANGE_USER: {Beginning}";

    public override async Task Do(Actor actor, Action<string> hears)
    {
        actor.PutAll();
        var door = Beginning.Door(actor.Client.Door, actor.Arena);
        Actor.Tell(await actor.Client.ChangeUser(door), hears);
    }
}

/// <summary>Ends the connection and opens another.</summary>
public sealed record Reconnects(Beginning Beginning) : Deed
{
    public override string Text => $"comes again: {Beginning}";

    public override Task Do(Actor actor, Action<string> hears) => actor.Reconnect(Beginning, hears);
}
