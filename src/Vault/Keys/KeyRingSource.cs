using System.Diagnostics;
using System.Text;

namespace Sento.Vault.Keys;

/// <summary>Where a key ring comes from: <c>file:PATH</c>, <c>env:NAME</c> or <c>command:LINE</c>.</summary>
/// <remarks>A command runs in /bin/sh; its output is the ring. Any thread.</remarks>
public sealed class KeyRingSource
{
    public const string Range = "file:PATH, env:NAME or command:LINE";
    private const int RingBytesMax = 64 * 1024;
    private static readonly TimeSpan CommandPatience = TimeSpan.FromSeconds(30);

    private readonly string _kind;
    private readonly string _value;

    private KeyRingSource(string kind, string value) => (_kind, _value) = (kind, value);

    public static KeyRingSource OfFile(string path) => new("file", path);

    /// <summary>What is wrong with the text; null: nothing.</summary>
    public static string? Check(string text) =>
        TryParse(text, out _) ? null : $"\"{text.Split(':')[0]}\" names no key ring; allowed: {Range}";

    public static bool TryParse(string text, out KeyRingSource source)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        source = colon < 0 ? OfFile("") : new KeyRingSource(text[..colon], text[(colon + 1)..]);
        return source is { _kind: "file" or "env" or "command", _value.Length: > 0 };
    }

    /// <summary>The file, where it is one; null: the ring is kept elsewhere and can't be added to.</summary>
    public string? FilePath => _kind == "file" ? Path.GetFullPath(_value) : null;

    public bool Exists => FilePath is null || File.Exists(FilePath);

    /// <exception cref="VaultFault">There is none, or others may read it.</exception>
    public KeyRing Load() => KeyRing.Parse(ReadText(), ToString());

    /// <summary>
    /// Makes the file with its first key, or adds a key that is the current one from then on.
    /// </summary>
    public void AddKey(DateTimeOffset now)
    {
        if (FilePath is not { } path)
            throw new VaultFault($"{this}: add the new key there yourself, as its last line");
        var before = File.Exists(path) ? ReadText() : "";
        if (before.Length > 0 && !before.EndsWith('\n'))
            before += "\n";
        Write(path, before + KeyRing.NewLine(now));
    }

    /// <summary>Takes out all keys but the current one.</summary>
    public void KeepOnly(string id)
    {
        if (FilePath is not { } path)
            throw new VaultFault($"{this}: take the old keys out there yourself");
        var lines = ReadText().Split('\n').Where(line => line.StartsWith(id + " ", StringComparison.Ordinal));
        Write(path, string.Join('\n', lines) + "\n");
    }

    public override string ToString() => _kind == "file" ? $"the key ring {FilePath}" : "the key ring of "
        + $"{_kind}:"
        + (_kind == "env" ? _value : "...");

    private string ReadText() => _kind switch
    {
        "file" => ReadFile(FilePath!),
        "env" => Environment.GetEnvironmentVariable(_value)
            ?? throw new VaultFault(
                $"the environment variable {_value}, which holds the key ring, is not set"),
        _ => RunCommand(),
    };

    private static string ReadFile(string path)
    {
        try
        {
            const UnixFileMode others =
                UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead
                | UnixFileMode.OtherWrite;
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & others) != 0)
                throw new VaultFault($"others may read the key ring {path}: chmod 600 {path}");
            return File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new VaultFault($"can't read the key ring {path}: {error.Message}");
        }
    }

    /// <summary>Whole or not at all: a half-written ring would lock up everything.</summary>
    private static void Write(string path, string text)
    {
        try
        {
            var next = path + ".next";
            File.Delete(next);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var file = new FileStream(next, options))
            {
                file.Write(Encoding.ASCII.GetBytes(text));
                file.Flush(flushToDisk: true);
            }
            File.Move(next, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new VaultFault($"can't write the key ring {path}: {error.Message}");
        }
    }

    private string RunCommand()
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", _value]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)
            ?? throw new VaultFault("the key ring's command could not be started");
        using var patience = new CancellationTokenSource(CommandPatience);
        try
        {
            var text = process.StandardOutput.ReadToEndAsync(patience.Token).GetAwaiter().GetResult();
            process.WaitForExitAsync(patience.Token).GetAwaiter().GetResult();
            if (process.ExitCode != 0 || text.Length > RingBytesMax)
                throw new VaultFault($"the key ring's command ended with {process.ExitCode}");
            return text;
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new VaultFault($"the key ring's command took longer than {CommandPatience.TotalSeconds} s");
        }
    }
}
