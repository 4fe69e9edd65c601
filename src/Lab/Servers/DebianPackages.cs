namespace Sento.Lab.Servers;

/// <summary>Installs packages of the distribution that a throwaway server needs; starts no service.</summary>
internal sealed class DebianPackages(TextWriter output, string what)
{
    // Packages ask it before they start anything.
    private const string Policy = "/usr/sbin/policy-rc.d";

    private readonly string[] _asRoot = Environment.IsPrivilegedProcess ? [] : ["sudo"];

    /// <exception cref="LabFault">There is no apt-get, or nobody may use it.</exception>
    public void Demand(string packages)
    {
        if (ChildProgram.Find("apt-get") is null)
        {
            throw new LabFault(
                $"{what} is not installed and there is no apt-get to install it with. Install the server of "
                + "your distribution, then run this again.");
        }
        if (_asRoot.Length > 0 && ChildProgram.Find("sudo") is null)
        {
            throw new LabFault(
                $"{what} is not installed, and installing it needs root: run as root: apt-get install "
                + packages);
        }
    }

    public Task UpdateAsync() => RunAsync(["apt-get", "update", "-q"]);

    public Task InstallAsync(params string[] packages) => RunAsync(
    [
        "env", "DEBIAN_FRONTEND=noninteractive",
        "apt-get", "install", "-y", "-q", "--no-install-recommends", .. packages,
    ]);

    /// <summary>Installs one whose service shall start neither now nor with the machine.</summary>
    public async Task InstallIdleAsync(string package)
    {
        // Somebody's own policy stays, and says what it says.
        var isOurs = !File.Exists(Policy);
        if (isOurs)
            await ShellAsync($"printf '#!/bin/sh\nexit 101\n' > {Policy}; chmod +x {Policy}");
        try
        {
            await InstallAsync(package);
        }
        finally
        {
            if (isOurs)
                await ShellAsync($"rm -f {Policy}");
        }
        await ShellAsync($"systemctl disable {package}");
    }

    /// <summary>What it ends with is not asked.</summary>
    public async Task ShellAsync(string script) =>
        await ChildProgram.RunAsync([.. _asRoot, "sh", "-c", script]);

    private async Task RunAsync(IReadOnlyList<string> command)
    {
        var whole = string.Join(' ', (string[])[.. _asRoot, .. command]);
        await output.WriteLineAsync($"  {whole}");
        // Output is kept for the case of a fault; sudo asks for its password at the terminal itself.
        var (code, text) = await ChildProgram.RunAsync([.. _asRoot, .. command]);
        if (code != 0)
            throw new LabFault($"{whole} failed:\n{text}");
    }
}
