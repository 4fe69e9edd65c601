namespace Sento.Tests.Support.Scripted.MySql;

/// <summary>
/// What an OK says of its session's changes, as text. MySQL Internals, OK_Packet, Session State.
/// </summary>
internal static class MySqlChanges
{
    public static string Read(ReadOnlySpan<byte> changes)
    {
        var body = new MySqlBodyReader(changes);
        var items = new List<string>();
        while (body.Left > 0)
        {
            var kind = body.Byte();
            var data = new MySqlBodyReader(body.TextBytes());
            switch (kind)
            {
                case 0:
                    while (data.Left > 0)
                        items.Add($"{data.Text()}={data.Text()}");
                    break;
                case 1:
                    items.Add($"schema {data.Text()}");
                    break;
                case 2:
                    items.Add("state");
                    break;
                default:
                    items.Add($"kind {kind}");
                    break;
            }
        }
        // The order of variables in a report means nothing.
        items.Sort(StringComparer.Ordinal);
        return string.Join(", ", items);
    }
}
