using System.Collections.Immutable;
using Sento.Model;

namespace Sento.Host.Configuration;

/// <summary>Where the configuration comes from; it can be read again and again.</summary>
/// <param name="Name">As people know it: the file's name, or the command line.</param>
/// <param name="Read">Reads it anew, secrets included. Never throws for what stands in it.</param>
internal sealed record ConfigurationSource(string Name, Func<ConfigurationReading> Read)
{
    /// <summary>Bytes of a configuration file; a thousand proxies fit.</summary>
    private const long FileBytesMax = 16 << 20;

    public static ConfigurationSource OfFile(string path) => new(path, () => ReadFile(path));

    /// <summary>The same source with something put on top of what it says.</summary>
    public ConfigurationSource With(Func<ProxySnapshot, ProxySnapshot> change) => this with
    {
        Read = () =>
        {
            var reading = Read();
            return reading.Snapshot is null ? reading : reading with { Snapshot = change(reading.Snapshot) };
        },
    };

    /// <summary>One line for each finding: place, what is wrong, what is allowed.</summary>
    public IEnumerable<string> Lines(ConfigurationReading reading) => reading.Findings.Select(Line);

    private string Line(Finding found)
    {
        var note = found.Fault.Severity == FaultSeverity.Note ? "note: " : "";
        var place = found.At.Line > 0 ? $"{Name}:{found.At.Line}:{found.At.Column}" : Name;
        return $"{place}: {note}{found.Fault.Message}";
    }

    private static ConfigurationReading ReadFile(string path)
    {
        try
        {
            if (new FileInfo(path).Length > FileBytesMax)
                return Unreadable($"the file is longer than {FileBytesMax} bytes");
            using var text = new StreamReader(path);
            return ConfigurationReader.Read(text, Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Unreadable(FileFault.Of(error));
        }
    }

    private static ConfigurationReading Unreadable(string why) =>
        new(null, [new Finding(default, new Fault("", why))]) { IsUnreadable = true };
}
