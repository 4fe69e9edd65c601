namespace Sento.Lab.Servers;

/// <summary>As whom the throwaway server runs: PostgreSQL refuses to run as root.</summary>
public static class ServerUser
{
    private static readonly string[] Candidates = ["postgres", "nobody"];

    /// <summary>The user to change to; null: we are an ordinary user already.</summary>
    public static string? Name { get; } =
        Environment.IsPrivilegedProcess ? Candidates.FirstOrDefault(Exists) : null;

    /// <summary>What to put before a command so that it runs as that user.</summary>
    public static string[] Prefix()
    {
        if (!Environment.IsPrivilegedProcess)
            return [];
        if (Name is null)
            throw new LabFault("PostgreSQL must not run as root, and there is no user postgres or nobody.");
        if (ChildProgram.Find("setpriv") is { } setpriv)
            return [setpriv, $"--reuid={Name}", $"--regid={Name}", "--clear-groups", "--"];
        if (ChildProgram.Find("runuser") is { } runuser)
            return [runuser, "-u", Name, "--"];
        throw new LabFault("PostgreSQL must not run as root, and there is neither setpriv nor runuser.");
    }

    private static bool Exists(string name) =>
        File.ReadLines("/etc/passwd").Any(line => line.StartsWith(name + ":", StringComparison.Ordinal));
}
