using Sento.Base;

namespace Sento.Transport;

/// <summary>Told of each accepted socket.</summary>
public interface IListenerOwner
{
    void OnAccepted(Listener listener, int descriptor, PeerAddress peer);

    /// <summary>
    /// The process or system is out of descriptors or memory; accepting goes on after a pause.
    /// </summary>
    void OnAcceptFailed(Listener listener, string error);
}

/// <summary>A listening socket on one loop.</summary>
public sealed unsafe class Listener : Channel, ITimerOwner
{
    private const int Backlog = 4096;
    private static readonly TimeSpan PauseWhenExhausted = TimeSpan.FromMilliseconds(100);

    /// <summary>Clients that come within this time of each other are many.</summary>
    private static readonly TimeSpan Throng = TimeSpan.FromMilliseconds(1);

    private readonly EventLoop _loop;
    private readonly IListenerOwner _owner;
    private readonly LoopTimer _pause;
    private LoopTime _acceptedAt;

    private Listener(EventLoop loop, IListenerOwner owner, int descriptor, SocketAddress address)
    {
        _loop = loop;
        _owner = owner;
        _pause = new LoopTimer(this);
        Descriptor = descriptor;
        Address = address;
    }

    /// <summary>Where it listens; the port the kernel chose when 0 was asked for.</summary>
    public SocketAddress Address { get; }

    /// <summary>The address as it was asked for.</summary>
    public string Asked { get; set; } = "";

    /// <summary>Binds and listens. Any thread; accepting starts with <see cref="Start"/>.</summary>
    /// <returns>Null with the reason in <paramref name="error"/> when the address can't be had.</returns>
    public static Listener? TryOpen(
        EventLoop loop, IListenerOwner owner, SocketAddress address, KeepAlive keepAlive, out string error)
    {
        error = "";
        var descriptor = Native.socket(address.Family, Native.SOCK_STREAM | Native.SOCK_NONBLOCK | Native.SOCK_CLOEXEC, 0);
        if (descriptor < 0)
        {
            error = Native.Describe(Native.LastError);
            return null;
        }
        if (address.IsUnix)
        {
            RemoveStaleSocket(address);
        }
        else
        {
            Native.SetOption(descriptor, Native.SOL_SOCKET, Native.SO_REUSEADDR, 1);
            // Accepted sockets inherit these, which saves four calls a client.
            ConfigureTcp(descriptor, keepAlive);
        }
        fixed (byte* bytes = address.Bytes)
        {
            if (Native.bind(descriptor, bytes, (uint)address.Bytes.Length) < 0 || Native.listen(descriptor, Backlog) < 0)
            {
                error = Native.Describe(Native.LastError);
                _ = Native.close(descriptor);
                return null;
            }
        }
        if (address.IsUnix)
            _ = Native.chmod(address.UnixPath, 0b111_111_111);
        return new Listener(loop, owner, descriptor, BoundAddress(descriptor, address));
    }

    /// <summary>For those who come from now on.</summary>
    public void Apply(KeepAlive keepAlive)
    {
        if (Descriptor >= 0 && !Address.IsUnix)
            keepAlive.SetOn(Descriptor);
    }

    /// <summary>Loop thread.</summary>
    public void Start()
    {
        ReceiveWanted = true;
        _loop.Driver.Open(this);
    }

    /// <summary>
    /// Accepts no more, but for those who wait in the kernel: they are connected as far as they know, and a
    /// reset would tell them nothing. Loop thread.
    /// </summary>
    public void Close()
    {
        if (Descriptor < 0)
            return;
        AcceptWaiting(Backlog);
        if (Descriptor < 0)
            return;
        _loop.Timers.Disarm(_pause);
        _loop.Driver.Close(this);
        Descriptor = -1;
        if (Address.IsUnix)
            File.Delete(Address.UnixPath);
    }

    void ITimerOwner.OnTimer(LoopTimer timer)
    {
        if (HasDescriptorsLeft()) _loop.Driver.WantReceive(this, true);
        else _loop.Timers.Arm(_pause, _loop.Now + PauseWhenExhausted);
    }

    /// <summary>
    /// Who comes alone is taken without asking whether more have come: the kernel would tell. In a throng many
    /// are taken at once.
    /// </summary>
    internal override void OnReadable()
    {
        var isThrong = _loop.Now - _acceptedAt < Throng;
        _acceptedAt = _loop.Now;
        AcceptWaiting(isThrong ? Limits.AcceptsPerTurn : 1);
    }

    private void AcceptWaiting(int countMax)
    {
        // Read each time: somebody may lower it while we run.
        var descriptorsMax = ReadDescriptorsMax();
        Span<byte> peer = stackalloc byte[128];
        for (var i = 0; i < countMax && Descriptor >= 0; i++)
        {
            var length = (uint)peer.Length;
            int accepted;
            fixed (byte* bytes = peer)
                accepted = Native.accept4(Descriptor, bytes, &length, Native.SOCK_NONBLOCK | Native.SOCK_CLOEXEC);
            if (accepted >= 0)
            {
                var from = Address.IsUnix
                    ? new PeerAddress(Address)
                    : PeerAddress.FromKernel(peer[..(int)length]);
                _owner.OnAccepted(this, accepted, from);
                if (accepted < descriptorsMax || Descriptor < 0)
                    continue;
                Pause($"nearly all open files that the limit allows are in use, {descriptorsMax} at least");
                return;
            }
            var error = Native.LastError;
            if (error is Native.EMFILE or Native.ENFILE or Native.ENOBUFS or Native.ENOMEM)
                Pause(Native.Describe(error));
            if (error is not (Native.EINTR or Native.ECONNABORTED))
                return;
        }
    }

    internal override void OnWritable()
    {
    }

    internal override void OnHangUp()
    {
    }

    /// <summary>
    /// Keep-alive finds half-open peers; no delay, because every message is whole when it is sent.
    /// </summary>
    internal static void ConfigureTcp(int descriptor, KeepAlive keepAlive)
    {
        Native.SetOption(descriptor, Native.IPPROTO_TCP, Native.TCP_NODELAY, 1);
        keepAlive.SetOn(descriptor);
    }

    private void Pause(string error)
    {
        // The pending client stays readable: without this the loop would spin on it.
        _owner.OnAcceptFailed(this, error);
        _loop.Driver.WantReceive(this, false);
        _loop.Timers.Arm(_pause, _loop.Now + PauseWhenExhausted);
    }

    /// <summary>The number from which on descriptors are left to the process itself.</summary>
    private static int ReadDescriptorsMax()
    {
        var limit = (int)Math.Min(Native.ReadLimit(Native.RLIMIT_NOFILE).Soft, int.MaxValue);
        return limit - Math.Min(Limits.DescriptorsReserved, limit / 4);
    }

    /// <summary>The kernel gives out the lowest free number: ask for one, and give it back.</summary>
    private bool HasDescriptorsLeft()
    {
        var lowest = Native.fcntl(Descriptor, Native.F_DUPFD_CLOEXEC, 0);
        if (lowest < 0)
            return false;
        _ = Native.close(lowest);
        return lowest < ReadDescriptorsMax();
    }

    private static SocketAddress BoundAddress(int descriptor, SocketAddress asked)
    {
        if (asked.IsUnix)
            return asked;
        Span<byte> bytes = stackalloc byte[128];
        var length = (uint)bytes.Length;
        fixed (byte* start = bytes)
            _ = Native.getsockname(descriptor, start, &length);
        return SocketAddress.FromKernel(bytes[..(int)length]);
    }

    private static void RemoveStaleSocket(SocketAddress address)
    {
        var probe = Native.socket(Native.AF_UNIX, Native.SOCK_STREAM | Native.SOCK_CLOEXEC | Native.SOCK_NONBLOCK, 0);
        fixed (byte* bytes = address.Bytes)
        {
            // Refused means that nobody listens any more: a left-over of a process that died.
            if (Native.connect(probe, bytes, (uint)address.Bytes.Length) < 0 && Native.LastError == Native.ECONNREFUSED)
                File.Delete(address.UnixPath);
        }
        _ = Native.close(probe);
    }
}
