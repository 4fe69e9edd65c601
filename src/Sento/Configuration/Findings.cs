using System.Collections.Immutable;
using Sento.Model;

namespace Sento.Host.Configuration;

/// <summary>A fault with its place in the file.</summary>
internal readonly record struct Finding(TextPosition At, Fault Fault);

/// <summary>Collects what is wrong with one file, and remembers where each part of it stands.</summary>
internal sealed class Findings
{
    private readonly List<Finding> _all = [];
    private readonly HashSet<string> _faulty = [];
    private readonly Dictionary<string, TextPosition> _places = [];

    /// <summary>By place, each once.</summary>
    public ImmutableArray<Finding> All =>
        [.. _all.Distinct().OrderBy(found => found.At.Line).ThenBy(found => found.At.Column)];

    /// <summary>Faults of the text so far; notes are not counted.</summary>
    public int Count { get; private set; }

    /// <summary>Remembers that the value at <paramref name="path"/> stands here.</summary>
    public void Place(string path, TextPosition at) => _places.TryAdd(path, at);

    /// <summary>
    /// A fault of the text itself. What is read in its stead must not be blamed on the user again.
    /// </summary>
    public void AddFault(string path, TextPosition at, string message)
    {
        _faulty.Add(path);
        Count++;
        _all.Add(new Finding(at, new Fault(path, message)));
    }

    /// <summary>A fault of the text whose place has been passed.</summary>
    public void AddFault(string path, string message) => AddFault(path, Nearest(path), message);

    /// <summary>What is read at <paramref name="path"/> is faulty since something else is.</summary>
    public void Excuse(string path) => _faulty.Add(path);

    public void AddNote(string path, TextPosition at, string message) =>
        _all.Add(new Finding(at, Fault.Note(path, message)));

    /// <summary>A fault of what was read. It is placed at the nearest part of the file.</summary>
    public void Add(Fault fault)
    {
        if (IsKnown(fault.Path))
            return;
        var name = fault.Path[(fault.Path.LastIndexOf('.') + 1)..];
        _all.Add(new Finding(Nearest(fault.Path), fault with { Message = $"{name}: {fault.Message}" }));
    }

    private TextPosition Nearest(string path)
    {
        while (path.Length > 0 && !_places.ContainsKey(path))
            path = Parent(path);
        return _places.GetValueOrDefault(path);
    }

    // What could not be read stands as a blank: whatever is said of it or its parts was said already.
    private bool IsKnown(string path)
    {
        for (var part = path; part.Length > 0; part = Parent(part))
        {
            if (_faulty.Contains(part))
                return true;
        }
        return false;
    }

    private static string Parent(string path) => path[..Math.Max(0, path.LastIndexOfAny(['.', '[']))];
}
