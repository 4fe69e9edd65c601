using System.Diagnostics;
using System.Globalization;

namespace Sento.Lab.Servers;

/// <summary>
/// Ends what we started where we no longer can: a small shell holds the other end of a pipe, which closes
/// with us, also by a kill -9. Then it ends each program by its signal, after five seconds by KILL, and
/// removes the folders. Owned by who starts programs, disposed of last; any thread may use it.
/// </summary>
/// <remarks>
/// Not PR_SET_PDEATHSIG: that one follows the thread that started a program, and pool threads come and go.
/// </remarks>
public sealed class Lifeline : IAsyncDisposable
{
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(10);

    // A number that has been given to another program since has another start, field 22 of its line.
    private const string Script = """
        trap '' HUP INT TERM
        started() {
          line=$(cat "/proc/$1/stat") || return 0
          set -- ${line##*) }
          shift 19
          echo "$1"
        }
        is_alive() { [ -n "$start" ] && [ "$(started "$id")" = "$start" ]; }
        all() {
          echo "$watched" | while read -r id signal start; do
            if is_alive; then "$@"; fi
          done
        }
        end() { kill -s "$signal" "$id"; }
        end_now() { kill -s KILL "$id"; }
        watched= folders=
        while read -r word what signal; do
          case $word in
            watch) watched="$watched
        $what $signal $(started "$what")" ;;
            folder) folders="$folders
        $what" ;;
          esac
        done
        all end
        tries=50
        while [ "$tries" -gt 0 ] && [ -n "$(all echo alive)" ]; do
          sleep 0.1
          tries=$((tries - 1))
        done
        all end_now
        echo "$folders" | while read -r folder; do
          [ -z "$folder" ] || rm -rf "$folder" || { sleep 1; rm -rf "$folder"; }
        done
        """;

    // Becomes the program once it is watched: who kills us in between leaves a shell that reads its end.
    private const string Becoming = "read -r _ && exec \"$@\"";

    private readonly Lock _gate = new();
    private readonly Process _shell;

    public Lifeline()
    {
        // A session of its own: Ctrl-C at the terminal is not for it.
        _shell = ChildProgram.Start(["setsid", "sh", "-c", "exec > /dev/null 2>&1\n" + Script]);
    }

    /// <summary>Starts a program that ends with us.</summary>
    /// <param name="stopSignal">What ends it at once and cleanly.</param>
    public Process Start(
        IReadOnlyList<string> command, int stopSignal,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        var process = ChildProgram.Start(["sh", "-c", Becoming, "sh", .. command], environment);
        Say(string.Create(CultureInfo.InvariantCulture, $"watch {process.Id} {stopSignal}"));
        process.StandardInput.WriteLine();
        process.StandardInput.Flush();
        return process;
    }

    /// <summary>Makes a folder that goes with us; one that a machine's end leaves is removed later.</summary>
    public string CreateFolder()
    {
        var folder = StaleServers.CreateFolder();
        Say($"folder {folder}");
        return folder;
    }

    public async ValueTask DisposeAsync()
    {
        _shell.StandardInput.Close();
        await Task.WhenAny(_shell.WaitForExitAsync(), Task.Delay(EndPatience));
        _shell.Dispose();
    }

    private void Say(string line)
    {
        lock (_gate)
        {
            _shell.StandardInput.WriteLine(line);
            _shell.StandardInput.Flush();
        }
    }
}
