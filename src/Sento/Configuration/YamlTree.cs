using System.Collections.Immutable;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Sento.Host.Configuration;

/// <summary>A node of a YAML document, with its place. A mapping keeps keys that stand twice.</summary>
internal abstract record YamlNode(TextPosition At);

/// <param name="IsPlain">Without quotes: an empty one then means nothing at all.</param>
internal sealed record YamlText(TextPosition At, string Text, bool IsPlain) : YamlNode(At)
{
    public bool IsNothing => IsPlain && Text is "" or "~" or "null";
}

internal sealed record YamlList(TextPosition At, ImmutableArray<YamlNode> Items) : YamlNode(At);

internal sealed record YamlMapping(
    TextPosition At, ImmutableArray<(YamlText Key, YamlNode Value)> Entries) : YamlNode(At);

/// <summary>Reads one YAML document into nodes.</summary>
/// <remarks>
/// Made from the parser's events rather than its own document model, which stops at the first key that
/// stands twice: every fault is to be told at once.
/// </remarks>
internal sealed class YamlTree
{
    private const int DepthMax = 32;

    private readonly Parser _parser;
    private readonly Dictionary<AnchorName, YamlNode> _anchors = [];

    private YamlTree(TextReader text) => _parser = new Parser(text);

    /// <summary>What is wrong with the text as YAML is thrown as <see cref="YamlException"/>.</summary>
    /// <returns>Null: the text is empty.</returns>
    public static YamlNode? Read(TextReader text)
    {
        var tree = new YamlTree(text);
        tree._parser.Consume<StreamStart>();
        if (tree._parser.Accept<StreamEnd>(out _))
            return null;
        tree._parser.Consume<DocumentStart>();
        var root = tree.ReadNode(0);
        tree._parser.Consume<DocumentEnd>();
        if (!tree._parser.Accept<StreamEnd>(out _))
            throw Fault(tree._parser.Current!, "there is a second document; one is allowed");
        return root;
    }

    private static TextPosition PositionOf(ParsingEvent item) =>
        new((int)item.Start.Line, (int)item.Start.Column);

    private static YamlException Fault(ParsingEvent item, string message) =>
        new(item.Start, item.End, message);

    private YamlNode ReadNode(int depth)
    {
        if (depth > DepthMax)
            throw Fault(_parser.Current!, $"nested deeper than {DepthMax} levels");
        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            return _anchors.TryGetValue(alias.Value, out var known)
                ? known
                : throw Fault(alias, $"there is no anchor named {alias.Value}");
        }
        var start = _parser.Current as NodeEvent;
        var node = ReadContent(depth);
        if (start is { Anchor.IsEmpty: false })
            _anchors[start.Anchor] = node;
        return node;
    }

    private YamlNode ReadContent(int depth)
    {
        if (_parser.TryConsume<Scalar>(out var scalar))
            return new YamlText(PositionOf(scalar), scalar.Value, scalar.Style == ScalarStyle.Plain);
        if (_parser.TryConsume<SequenceStart>(out var list))
        {
            var items = ImmutableArray.CreateBuilder<YamlNode>();
            while (!_parser.TryConsume<SequenceEnd>(out _))
                items.Add(ReadNode(depth + 1));
            return new YamlList(PositionOf(list), items.ToImmutable());
        }
        var mapping = _parser.Consume<MappingStart>();
        var entries = ImmutableArray.CreateBuilder<(YamlText, YamlNode)>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (!_parser.TryConsume<Scalar>(out var key))
                throw Fault(_parser.Current!, "a key must be text");
            entries.Add((new YamlText(PositionOf(key), key.Value, true), ReadNode(depth + 1)));
        }
        return new YamlMapping(PositionOf(mapping), entries.ToImmutable());
    }
}
