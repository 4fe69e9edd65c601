using Sento.Base;

namespace Sento.Postgres.SignIn.Scram;

/// <summary>
/// PBKDF2 that a sign-in waits for. <see cref="Run"/> on any thread, then resume the sign-in.
/// </summary>
public sealed class KeyDerivation : SignInWork
{
    private readonly SecretBytes _password;
    private readonly byte[] _salt;
    private readonly int _iterations;

    internal KeyDerivation(SecretBytes password, ReadOnlySpan<byte> salt, int iterations)
    {
        _password = password;
        _salt = salt.ToArray();
        _iterations = iterations;
    }

    /// <summary>Null until it has run.</summary>
    public ScramKeys? Keys { get; private set; }

    public void Run() => Keys = ScramKeys.Derive(_password.Span, _salt, _iterations);
}
