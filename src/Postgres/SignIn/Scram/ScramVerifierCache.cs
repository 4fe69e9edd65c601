using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Sento.Base;

namespace Sento.Postgres.SignIn.Scram;

/// <summary>
/// Verifiers made from passwords: PBKDF2 runs once for each secret, not for each sign-in. Thread-safe.
/// </summary>
/// <remarks>
/// Fill it when secrets are read, before a client may name them: a first sign-in that waits for PBKDF2 would
/// tell a known user from an unknown one.
/// </remarks>
public sealed class ScramVerifierCache(ScramSalts salts, int iterations = ScramVerifier.IterationsDefault)
{
    /// <summary>Far above any number of secrets; above it the cache starts anew.</summary>
    private const int EntriesMax = 65_536;

    private readonly ConcurrentDictionary<(string User, string Fingerprint), ScramVerifier> _made = new();

    public ScramSalts Salts { get; } = salts;

    public int Iterations { get; } = iterations;

    public bool TryGet(string user, SecretBytes password, [NotNullWhen(true)] out ScramVerifier? verifier) =>
        _made.TryGetValue((user, Salts.FingerprintOf(password.Span)), out verifier);

    /// <summary>Takes about a millisecond when new; not on a loop thread.</summary>
    public ScramVerifier GetOrMake(string user, SecretBytes password)
    {
        if (TryGet(user, password, out var known))
            return known;
        if (_made.Count >= EntriesMax)
            _made.Clear();
        var made = ScramVerifier.FromPassword(password.Span, Salts.SaltOf(user), Iterations);
        return _made.GetOrAdd((user, Salts.FingerprintOf(password.Span)), made);
    }
}
