using System.Diagnostics.CodeAnalysis;

namespace Sento.Postgres.SignIn.Scram;

/// <summary>
/// Keys of one password, by salt and iteration count: PBKDF2 runs once for each server. Thread-safe.
/// </summary>
/// <remarks>One for each secret; it lives and dies with it.</remarks>
public sealed class ScramKeyCache
{
    /// <summary>Servers with salts of their own behind one secret; the oldest entry is overwritten.</summary>
    private const int EntriesMax = 16;

    private readonly Lock _lock = new();
    private readonly (byte[] Salt, int Iterations, ScramKeys Keys)[] _entries =
        new (byte[], int, ScramKeys)[EntriesMax];

    private int _added;

    public bool TryGet(ReadOnlySpan<byte> salt, int iterations, [NotNullWhen(true)] out ScramKeys? keys)
    {
        lock (_lock)
        {
            for (var index = 0; index < Math.Min(_added, EntriesMax); index++)
            {
                var entry = _entries[index];
                if (entry.Iterations == iterations && salt.SequenceEqual(entry.Salt))
                {
                    keys = entry.Keys;
                    return true;
                }
            }
        }
        keys = null;
        return false;
    }

    public void Add(ReadOnlySpan<byte> salt, int iterations, ScramKeys keys)
    {
        lock (_lock)
        {
            _entries[_added % EntriesMax] = (salt.ToArray(), iterations, keys);
            // Kept small, so that a server with ever new salts cannot make it overflow.
            _added = _added == EntriesMax * 2 - 1 ? EntriesMax : _added + 1;
        }
    }
}
