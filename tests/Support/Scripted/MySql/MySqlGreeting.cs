namespace Sento.Tests.Support.Scripted.MySql;

/// <summary>The server's first packet. MySQL Internals, Protocol::HandshakeV10.</summary>
public sealed record MySqlGreeting(string Version, uint Id, byte[] Salt, MySqlFlags Flags, uint MariaDbFlags,
    int Charset, string Plugin)
{
    public bool IsMariaDb => (Flags & MySqlFlags.LongPassword) == 0;

    public static MySqlGreeting Read(byte[] payload)
    {
        var body = new MySqlBodyReader(payload);
        if (body.Byte() != 10)
            throw new FormatException($"Not a greeting: {BodyReader.Printable(payload)}");
        var version = body.NulText();
        var id = body.Int32();
        var salt = body.Take(8).ToArray();
        body.Take(1);
        var flags = (uint)body.Int16();
        var charset = body.Byte();
        body.Int16();
        flags |= (uint)body.Int16() << 16;
        body.Take(7);
        var mariaDb = body.Int32();
        salt = [.. salt, .. body.Take(12)];
        body.Take(1);
        return new MySqlGreeting(version, id, salt, (MySqlFlags)flags, mariaDb, charset, body.NulText());
    }
}
