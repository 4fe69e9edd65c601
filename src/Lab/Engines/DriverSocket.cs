using System.Data.Common;
using System.Net.Sockets;
using System.Reflection;

namespace Sento.Lab.Engines;

/// <summary>
/// Finds the socket of a driver's connection, to close it as the kernel does when it ends a process: a
/// function that the platform kills says neither goodbye nor sends a cancel, and drivers only know those.
/// </summary>
/// <param name="path">Fields of the driver, from its connection to its socket.</param>
internal sealed class DriverSocket(params string[] path)
{
    private const BindingFlags Inside = BindingFlags.Instance | BindingFlags.NonPublic;

    /// <summary>Closes it; whoever waits for an answer on it hears that.</summary>
    public void Cut(DbConnection connection)
    {
        object? found = connection;
        foreach (var name in path)
        {
            if (found is null)
                return;
            var field = found.GetType().GetField(name, Inside)
                ?? throw new LabFault($"{connection.GetType().Name}: the driver has no {name} any more");
            found = field.GetValue(found);
        }
        (found as Socket)?.Close();
    }
}
