namespace Sento.Postgres.SignIn;

/// <summary>
/// What a conversation waits for and must not do itself, because it takes long or asks somebody.
/// </summary>
public abstract class SignInWork
{
    private protected SignInWork()
    {
    }
}
