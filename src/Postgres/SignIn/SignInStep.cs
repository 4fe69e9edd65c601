namespace Sento.Postgres.SignIn;

public enum SignInStatus
{
    /// <summary>Show a window of at least <see cref="SignInStep.Needed"/> bytes.</summary>
    NeedMore,

    /// <summary>Do the work elsewhere, then resume.</summary>
    NeedsWork,

    Done,

    /// <summary>The error is written where one is due; close after it has left.</summary>
    Failed,
}

/// <summary>Where a sign-in stands after it has been shown bytes.</summary>
/// <param name="Consumed">
/// Bytes of the window that are used up; the rest comes again, with more behind it.
/// </param>
/// <param name="Needed">With NeedMore: bytes that the window must have after the consumed ones.</param>
public readonly record struct SignInStep(SignInStatus Status, int Consumed, int Needed = 0);
