using System.Runtime.InteropServices;

namespace Sento.Transport.Tls;

/// <summary>Our reference to one SSL_CTX. OpenSSL holds another one for each session made from it.</summary>
/// <remarks>
/// A safe handle, since a reload may drop the context on one thread while a loop makes a session of it on
/// another: each native call keeps it alive for as long as it runs.
/// </remarks>
internal sealed class SslContextHandle : SafeHandle
{
    public SslContextHandle(nint context)
        : base(0, ownsHandle: true) => SetHandle(context);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        OpenSsl.SSL_CTX_free(handle);
        return true;
    }
}
