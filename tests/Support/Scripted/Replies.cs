using System.Collections;

namespace Sento.Tests.Support.Scripted;

/// <summary>What a server answered, in order. Its text is one canonical text per message, with blanks between.</summary>
public sealed class Replies(IReadOnlyList<ServerMessage> messages) : IReadOnlyList<ServerMessage>
{
    public int Count => messages.Count;

    public ServerMessage this[int index] => messages[index];

    public string Text => string.Join(' ', messages.Select(m => m.Text));

    public string FullText => string.Join('\n', messages.Select(m => m.FullText));

    /// <summary>The codes alone: <c>12nCZ</c>.</summary>
    public string Codes => string.Concat(messages.Select(m => m.Code));

    public ServerMessage? Error => messages.FirstOrDefault(m => m.IsError);

    /// <summary>The first column of the first row; null for NULL. Throws when there is no row.</summary>
    public string? Scalar => messages.FirstOrDefault(m => m.Code == 'D') is { } row
        ? row.Row()[0]
        : throw new InvalidOperationException($"No row in: {Text}");

    public IEnumerable<string?[]> Rows => messages.Where(m => m.Code == 'D').Select(m => m.Row());

    /// <summary>The replies without those of some codes, for expectations that do not care for them.</summary>
    public Replies Without(string codes) => new([.. messages.Where(m => !codes.Contains(m.Code))]);

    public IEnumerator<ServerMessage> GetEnumerator() => messages.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => Text;
}
