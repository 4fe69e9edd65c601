using System.Globalization;
using System.Text;
using Sento.Base;

namespace Sento.Vault.Auditing;

/// <summary>
/// The append-only log of every use of a secret: one JSON object a line, chained by a key that the vault
/// keeps.
/// Any thread; several processes append to the same file.
/// </summary>
/// <remarks>
/// Beside it a small file holds the number and digest of the last line, so that lines cut off at the end
/// show.
/// A line is in the kernel before the answer it tells of leaves: it survives the end of the process. Lines of
/// changes are on the disk too.
/// </remarks>
public sealed class AuditLog : IDisposable
{
    public const string FileName = "audit.log";
    private const int LineBytesMax = 16 * 1024;
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly SecretBytes _key;
    private readonly FileStream _file;
    private readonly FileStream _head;
    private long _knownBytes = -1;
    private long _lastNumber;
    private byte[] _lastMac = AuditChain.Beginning;

    internal AuditLog(string path, SecretBytes key)
    {
        _key = key;
        _file = Open(path);
        _head = Open(path + ".head");
    }

    public string Path => _file.Name;

    /// <summary>Appends; numbers and time are set here.</summary>
    /// <param name="isDurable">Waits for the disk as well.</param>
    /// <exception cref="VaultFault">It can't be written: what it tells of must not happen.</exception>
    public void Append(AuditEntry entry, bool isDurable)
    {
        lock (_lock)
        {
            try
            {
                LockFile();
                try
                {
                    AppendLocked(entry);
                }
                finally
                {
                    _file.Unlock(0, long.MaxValue);
                }
                if (isDurable)
                    _file.Flush(flushToDisk: true);
            }
            catch (IOException error)
            {
                throw new VaultFault($"can't write the audit log {Path}: {error.Message}");
            }
        }
    }

    /// <summary>Every line, oldest first.</summary>
    public static IEnumerable<AuditEntry> Read(string path)
    {
        using var reader = new StreamReader(
            new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite), Encoding.UTF8);
        while (reader.ReadLine() is { } line)
        {
            if (AuditChain.Read(line) is { } entry)
                yield return entry;
        }
    }

    /// <summary>The first thing that is wrong; null: every line is there as it was written.</summary>
    public string? Verify(out long lineCount)
    {
        lock (_lock)
        {
            LockFile();
            try
            {
                return VerifyLocked(out lineCount);
            }
            finally
            {
                _file.Unlock(0, long.MaxValue);
            }
        }
    }

    public void Dispose()
    {
        _file.Dispose();
        _head.Dispose();
        _key.Dispose();
    }

    private static FileStream Open(string path)
    {
        try
        {
            var options = new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.ReadWrite,
                BufferSize = 0,
            };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            return new FileStream(path, options);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new VaultFault($"can't open the audit log {path}: {error.Message}");
        }
    }

    private void AppendLocked(AuditEntry entry)
    {
        if (_file.Length != _knownBytes)
            ReadEnd();
        var (line, mac) = AuditChain.Write(
            entry with { Number = _lastNumber + 1, Time = DateTimeOffset.UtcNow }, _key, _lastMac);
        var bytes = Encoding.UTF8.GetBytes(line + "\n");
        Invariant.Holds(bytes.Length <= LineBytesMax);
        _file.Seek(0, SeekOrigin.End);
        _file.Write(bytes);
        (_lastNumber, _lastMac, _knownBytes) = (_lastNumber + 1, mac, _file.Length);
        // Behind the line: a crash in between leaves a line more than the head says, never a line less.
        _head.Seek(0, SeekOrigin.Begin);
        _head.Write(Encoding.ASCII.GetBytes($"{_lastNumber:D19} {Convert.ToHexStringLower(mac)}\n"));
    }

    /// <summary>
    /// The last whole line; a part of one, left by a crash while it was written, is cut off.
    /// </summary>
    private void ReadEnd()
    {
        (_lastNumber, _lastMac) = (0, AuditChain.Beginning);
        var length = (int)Math.Min(_file.Length, 2 * LineBytesMax);
        var tail = new byte[length];
        _file.Seek(-length, SeekOrigin.End);
        _file.ReadExactly(tail);
        var end = tail.AsSpan().LastIndexOf((byte)'\n');
        if (end + 1 < length)
            _file.SetLength(_file.Length - length + end + 1);
        if (end >= 0)
        {
            var start = tail.AsSpan(0, end).LastIndexOf((byte)'\n') + 1;
            var line = Encoding.UTF8.GetString(tail.AsSpan(start, end - start));
            // A line that was tampered with is built upon all the same: the break is for Verify to find.
            _lastNumber = AuditChain.Read(line)?.Number ?? 0;
            _lastMac = AuditChain.MacOf(line) ?? AuditChain.Beginning;
        }
        _knownBytes = _file.Length;
    }

    private string? VerifyLocked(out long lineCount)
    {
        lineCount = 0;
        var before = AuditChain.Beginning;
        byte[]? macAtHead = null;
        ReadEnd();
        var (headNumber, headMac) = ReadHead();
        _file.Seek(0, SeekOrigin.Begin);
        using var reader = new StreamReader(_file, Encoding.UTF8, leaveOpen: true);
        while (reader.ReadLine() is { } line)
        {
            lineCount++;
            if (!AuditChain.IsGenuine(line, _key, before))
                return $"line {lineCount} was changed, or a line before it was removed";
            if (AuditChain.Read(line)?.Number != lineCount)
                return $"line {lineCount} has another number";
            before = AuditChain.MacOf(line)!;
            if (lineCount == headNumber)
                macAtHead = before;
        }
        if (headNumber > lineCount)
            return $"the last {headNumber - lineCount} lines were removed";
        if (headNumber > 0 && !macAtHead.AsSpan().SequenceEqual(headMac))
            return $"line {headNumber} is not the one that was written last";
        if (headNumber < lineCount - 1)
            return $"{Path}.head was removed or put back from an older copy";
        return null;
    }

    private (long Number, byte[] Mac) ReadHead()
    {
        _head.Seek(0, SeekOrigin.Begin);
        using var reader = new StreamReader(_head, Encoding.ASCII, leaveOpen: true);
        var words = (reader.ReadLine() ?? "").Split(' ');
        var mac = new byte[AuditChain.MacBytes];
        return words.Length == 2 && long.TryParse(words[0], CultureInfo.InvariantCulture, out var number)
            && Convert.FromHexString(words[1], mac, out _, out _) == System.Buffers.OperationStatus.Done
            ? (number, mac) : (0, mac);
    }

    private void LockFile()
    {
        var deadline = DateTime.UtcNow + LockPatience;
        while (true)
        {
            try
            {
                _file.Lock(0, long.MaxValue);
                return;
            }
            catch (IOException) when (DateTime.UtcNow < deadline)
            {
                Thread.Yield();
            }
        }
    }
}
