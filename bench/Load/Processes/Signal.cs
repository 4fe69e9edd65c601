namespace Sento.Load.Processes;

/// <summary>The signals that the bench sends; names and numbers are Linux's.</summary>
internal enum Signal
{
    Int = 2,
    Quit = 3,
    Kill = 9,
    Term = 15,
    Cont = 18,
    Stop = 19,
}
