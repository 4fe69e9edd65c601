using Sento.Base;
using Sento.DataPlane.Auth;

namespace Sento.Postgres.SignIn;

/// <summary>A token that a client has sent as its password, for somebody else to judge.</summary>
public sealed class TokenCheck : SignInWork
{
    internal TokenCheck(SecretBytes token) => Token = token;

    public SecretBytes Token { get; }

    internal TokenVerdict? Verdict { get; private set; }

    /// <summary>Call once, then resume the sign-in.</summary>
    public void Decide(TokenVerdict verdict)
    {
        Invariant.Holds(Verdict is null);
        Verdict = verdict;
    }
}
