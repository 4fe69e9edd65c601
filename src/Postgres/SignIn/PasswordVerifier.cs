using System.Diagnostics.CodeAnalysis;
using System.Text;
using Sento.Base;
using Sento.Postgres.SignIn.Scram;

namespace Sento.Postgres.SignIn;

/// <summary>What pg_authid.rolpassword holds: a SCRAM or an MD5 verifier. Never the password.</summary>
public abstract class PasswordVerifier
{
    private PasswordVerifier()
    {
    }

    /// <summary>False: neither kind. The text may then be anything, a password too: do not show it.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out PasswordVerifier? verifier)
    {
        verifier = null;
        var bytes = Encoding.UTF8.GetBytes(text);
        if (Md5Password.IsVerifier(bytes))
            verifier = new Md5(bytes);
        else if (ScramVerifier.TryParse(text, out var scram))
            verifier = new Scram(scram!);
        return verifier is not null;
    }

    public sealed override string ToString() => "(secret)";

    public sealed class Scram(ScramVerifier verifier) : PasswordVerifier
    {
        public ScramVerifier Verifier { get; } = verifier;
    }

    public sealed class Md5 : PasswordVerifier
    {
        private readonly byte[] _text;

        public Md5(ReadOnlySpan<byte> text)
        {
            Invariant.Holds(Md5Password.IsVerifier(text));
            _text = text.ToArray();
        }

        public ReadOnlySpan<byte> Text => _text;
    }
}
