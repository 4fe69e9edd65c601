using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Sento.Base;

namespace Sento.Transport.Tls;

public enum TlsReload
{
    Unchanged,
    Reloaded,

    /// <summary>The files have changed for the worse: what was loaded before stays in use.</summary>
    Failed,
}

/// <summary>A <see cref="TlsContext"/> that follows its files.</summary>
/// <remarks>
/// <see cref="Current"/>: any thread. <see cref="ReloadIfChanged"/>: one thread, from a timer. Sessions keep
/// the context that they were made of.
/// </remarks>
public sealed class TlsIdentity
{
    // Tickets are sealed with a key that a context makes for itself. Whoever steals it reads the TLS 1.2
    // sessions resumed by its tickets, so it must not live as long as the process.
    private static readonly TimeSpan s_ticketKeyLifetime = TimeSpan.FromHours(12);

    private readonly string[] _files;
    private readonly Load _load;
    private readonly TimeProvider _clock;
    private volatile TlsContext _current;
    private byte[] _fingerprint;
    private long _loadedAt;

    private TlsIdentity(string[] files, Load load, byte[] fingerprint, TlsContext current, TimeProvider clock)
    {
        _files = files;
        _load = load;
        _fingerprint = fingerprint;
        _current = current;
        _clock = clock;
        _loadedAt = clock.GetTimestamp();
    }

    private delegate bool Load(
        [NotNullWhen(true)] out TlsContext? context,
        [NotNullWhen(false)] out string? error);

    /// <summary>For new sessions. Not to be disposed: others may be making sessions of it.</summary>
    public TlsContext Current => _current;

    public static bool TryLoad(
        TlsServerOptions options,
        [NotNullWhen(true)] out TlsIdentity? identity,
        [NotNullWhen(false)] out string? error,
        TimeProvider? clock = null)
    {
        bool Load([NotNullWhen(true)] out TlsContext? context, [NotNullWhen(false)] out string? reason) =>
            TlsContext.TryForServer(options, out context, out reason);

        string?[] files = [options.CertificateFile, options.KeyFile, options.ClientAuthoritiesFile];
        return TryLoad(files, Load, clock, out identity, out error);
    }

    public static bool TryLoad(
        TlsClientOptions options,
        [NotNullWhen(true)] out TlsIdentity? identity,
        [NotNullWhen(false)] out string? error,
        TimeProvider? clock = null)
    {
        bool Load([NotNullWhen(true)] out TlsContext? context, [NotNullWhen(false)] out string? reason) =>
            TlsContext.TryForClient(options, out context, out reason);

        string?[] files = [options.CertificateFile, options.KeyFile, options.AuthoritiesFile];
        return TryLoad(files, Load, clock, out identity, out error);
    }

    /// <summary>Compares the files' content with what is loaded, and loads them if they differ.</summary>
    /// <param name="error">With Failed: which file and why. Told once for each change of the files.</param>
    /// <remarks>
    /// Content, not time and size: a secret mounted by an orchestrator changes behind links, and a second
    /// write within the clock's grain would go unseen. The files are a few kilobytes.
    /// </remarks>
    public TlsReload ReloadIfChanged(out string? error)
    {
        error = null;
        // Taken before loading: should the files change in between, the next comparison sees it.
        var fingerprint = Fingerprint(_files);
        var isSame = fingerprint.AsSpan().SequenceEqual(_fingerprint);
        if (isSame && _clock.GetElapsedTime(_loadedAt) < s_ticketKeyLifetime)
            return TlsReload.Unchanged;
        _fingerprint = fingerprint;
        _loadedAt = _clock.GetTimestamp();
        if (!_load(out var context, out error))
            return isSame ? TlsReload.Unchanged : TlsReload.Failed;
        _current = context;
        return isSame ? TlsReload.Unchanged : TlsReload.Reloaded;
    }

    private static bool TryLoad(
        string?[] paths,
        Load load,
        TimeProvider? clock,
        [NotNullWhen(true)] out TlsIdentity? identity,
        [NotNullWhen(false)] out string? error)
    {
        var files = paths.OfType<string>().ToArray();
        var fingerprint = Fingerprint(files);
        identity = load(out var context, out error)
            ? new TlsIdentity(files, load, fingerprint, context, clock ?? TimeProvider.System)
            : null;
        return identity is not null;
    }

    private static byte[] Fingerprint(string[] files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files)
        {
            using var content = new SecretBytes(ReadOrEmpty(file));
            // The length keeps apart contents that merely move from one file into the next.
            hash.AppendData(BitConverter.GetBytes(content.Length));
            hash.AppendData(content.Span);
        }
        return hash.GetHashAndReset();
    }

    private static byte[] ReadOrEmpty(string file)
    {
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return []; // Loading it says why.
        }
    }
}
