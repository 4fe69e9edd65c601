using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Sento.Tests.Support.Processes;

namespace Sento.Tests.Support.Databases;

/// <summary>
/// The data of a server that has just been set up: that takes seconds, a copy of it takes a tenth of one.
/// Made once for a program and its arguments; test runs share it.
/// </summary>
internal static class DataTemplate
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <param name="data">A folder that is not there yet.</param>
    /// <param name="make">What fills a folder; of no name: it is only asked what it would do.</param>
    public static async Task CopyTo(string data, Func<string, Recipe> make)
    {
        var template = RunFolder.Shared($"template-{KeyOf(make(""))}");
        if (!Directory.Exists(template))
            await MakeOnce(template, make);
        await Run(new Recipe("cp", ["-a", "--reflink=auto", template, data]));
        // By this servers of MySQL know each other apart.
        File.Delete(Path.Combine(data, "auto.cnf"));
    }

    private static async Task MakeOnce(string template, Func<string, Recipe> make)
    {
        FileStream? turn = null;
        await Eventually.Holds(
            () => (turn = RunFolder.TryLock(Path.GetFileName(template) + ".lock")) is not null, Patience);
        await using (turn)
        {
            if (Directory.Exists(template))
                return;
            // A run that was killed in the middle has left half of one.
            var building = template + ".building";
            if (Directory.Exists(building))
                Directory.Delete(building, recursive: true);
            Directory.CreateDirectory(building);
            await ServerUser.HandOver(building);
            await Run(make(building));
            Directory.Move(building, template);
        }
    }

    private static async Task Run(Recipe recipe)
    {
        var done = await GuardedProcess.Run(recipe, TimeSpan.FromMinutes(2));
        if (done.ExitCode != 0)
            throw new InvalidOperationException($"{recipe.Program} failed:\n{done.Output}\n{done.Errors}");
    }

    /// <summary>Another version of the program is another template.</summary>
    private static string KeyOf(Recipe recipe)
    {
        var files = recipe.Arguments.Prepend(recipe.Program).Where(File.Exists)
            .Select(file => File.GetLastWriteTimeUtc(file).Ticks.ToString(CultureInfo.InvariantCulture));
        var text = string.Join('\n', [recipe.Program, .. recipe.Arguments, .. files]);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];
    }
}
