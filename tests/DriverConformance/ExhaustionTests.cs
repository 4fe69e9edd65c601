using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Sento.Tests.Support;
using Sento.Transport;
using Xunit;

namespace Sento.Tests.DriverConformance;

/// <summary>A proxy without descriptors left. In a process of its own: the limit is the process's.</summary>
public sealed partial class ExhaustionTests
{
    private const int FilesLimit = 7;

    /// <summary>
    /// For guests, beyond those that the process still opens for itself after its first answer, and those
    /// that it leaves free.
    /// </summary>
    private const int Room = 400;

    // Length and code of PostgreSQL's SSLRequest: one letter comes back, without any database.
    private static readonly byte[] SslRequest = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

    public static TheoryData<string> All => Drivers.All;

    [Theory, MemberData(nameof(All))]
    public async Task Clients_wait_while_there_are_no_descriptors_and_are_served_after(string driver)
    {
        await using var sento = await SentoProcess.Start(new SentoOptions
        {
            TargetUrl = "postgresql://app:secret@127.0.0.1:1/app",
            Environment = new Dictionary<string, string?> { [DriverChoice.Variable] = driver },
        });
        await Eventually.Holds(
            () => sento.Log.Contains($"Event loops use {driver}", StringComparison.Ordinal));
        Ask(sento).Dispose();
        var used = Directory.GetFiles($"/proc/{sento.Pid}/fd").Length;
        Assert.Equal(0, prlimit(sento.Pid, FilesLimit, new Bounds((ulong)(used + Room), 4096), 0));

        var guests = new List<Socket>();
        while (!sento.Log.Contains("open files that the limit allows", StringComparison.Ordinal))
        {
            // The kernel lets them in, whether or not somebody accepts them.
            guests.Add(Dial(sento));
            Assert.True(guests.Count < 3_000, "the limit was not reached");
        }
        guests.ForEach(guest => guest.Dispose());
        using var late = Ask(sento);
        Assert.False(sento.HasEnded);
    }

    private static Socket Dial(SentoProcess sento)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.ReceiveTimeout = (int)Eventually.Deadline.TotalMilliseconds;
        socket.Connect(IPAddress.Loopback, sento.Port);
        return socket;
    }

    private static Socket Ask(SentoProcess sento)
    {
        var socket = Dial(sento);
        socket.Send(SslRequest);
        Assert.Contains(socket.ReceiveExactly(1)[0], "SN"u8.ToArray());
        return socket;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int prlimit(int pid, int resource, in Bounds bounds, nint before);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Bounds(ulong Soft, ulong Hard);
}
