namespace Sento.Host.Commands;

/// <summary>What the process's end says; scripts rely on it.</summary>
internal static class ExitCode
{
    public const int Good = 0;

    /// <summary>The configuration has faults, or what it asks for could not be had.</summary>
    public const int Fault = 1;

    /// <summary>The command line is wrong, or a file could not be read at all.</summary>
    public const int Usage = 2;
}
