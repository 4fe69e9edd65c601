using Sento.Base;

namespace Sento.Postgres.SignIn;

/// <summary>A token that a client has sent as its password, for somebody else to judge.</summary>
public sealed class TokenCheck : SignInWork
{
    internal TokenCheck(SecretBytes token) => Token = token;

    public SecretBytes Token { get; }

    internal bool? IsAccepted { get; private set; }

    /// <summary>Call once, then resume the sign-in.</summary>
    public void Decide(bool isAccepted)
    {
        Invariant.Holds(IsAccepted is null);
        IsAccepted = isAccepted;
    }
}
