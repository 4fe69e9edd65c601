using Sento.Base;

namespace Sento.Transport;

/// <summary>What a handler had built when it called another's; there again once this ends.</summary>
public readonly ref struct ScratchAside
{
    private readonly EventLoop? _loop;
    private readonly ByteBuffer? _toClient;
    private readonly ByteBuffer? _toServer;

    internal ScratchAside(EventLoop loop, ByteBuffer toClient, ByteBuffer toServer)
    {
        _loop = loop;
        _toClient = toClient;
        _toServer = toServer;
    }

    public void Dispose() => _loop?.TakeBack(_toClient!, _toServer!);
}
