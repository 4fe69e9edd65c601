namespace Sento.MySql.SignIn;

internal enum SignInStatus
{
    NeedMore,

    /// <summary>SSLRequest is written: the owner begins TLS, then resumes.</summary>
    NeedsTls,

    /// <summary>Work is to be run off the loop; then the owner resumes.</summary>
    NeedsWork,

    Done,
    Failed,
}

/// <summary>How far a sign-in has come.</summary>
/// <param name="Consumed">Bytes of the window that are done with.</param>
internal readonly record struct SignInStep(SignInStatus Status, int Consumed = 0);
