using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sento.Base;

namespace Sento.Transport.Tls;

/// <summary>The bytes that the loop lends to one TLS session for the length of one call.</summary>
/// <remarks>Lives in native memory beside its SSL object; all pointers are null between calls.</remarks>
internal unsafe struct WireWindow
{
    public byte* In;
    public int InLength;
    public int InTaken;
    public byte* Out;
    public int OutRoom;
    public int OutWritten;
}

/// <summary>
/// An OpenSSL stream over a <see cref="WireWindow"/>: where the library reads and writes wire bytes.
/// </summary>
/// <remarks>
/// OpenSSL's own memory streams keep their buffers while a client idles; this one keeps 40 bytes. Its
/// callbacks run inside our calls into OpenSSL, on the same thread, and must not throw.
/// </remarks>
internal static unsafe class WireBio
{
    // Lives as long as the process, like the code that it points to.
    private static readonly nint s_method = MakeMethod();

    /// <summary>A stream over <paramref name="window"/>, which must outlive it.</summary>
    public static nint Make(WireWindow* window)
    {
        var bio = OpenSsl.BIO_new(s_method);
        Invariant.Holds(bio != 0);
        OpenSsl.BIO_set_data(bio, window);
        OpenSsl.BIO_set_init(bio, 1);
        return bio;
    }

    private static nint MakeMethod()
    {
        var method = OpenSsl.BIO_meth_new(OpenSsl.BIO_get_new_index() | OpenSsl.BioSourceSink, "lent bytes");
        Invariant.Holds(method != 0);
        OpenSsl.BIO_meth_set_read(method, &Read);
        OpenSsl.BIO_meth_set_write(method, &Write);
        OpenSsl.BIO_meth_set_ctrl(method, &Control);
        return method;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Read(nint bio, byte* destination, int count)
    {
        var window = (WireWindow*)OpenSsl.BIO_get_data(bio);
        OpenSsl.BIO_clear_flags(bio, OpenSsl.BioRetryMask);
        var taken = Math.Min(count, window->InLength - window->InTaken);
        if (taken <= 0)
        {
            OpenSsl.BIO_set_flags(bio, OpenSsl.BioWantsRead);
            return -1;
        }
        Unsafe.CopyBlockUnaligned(destination, window->In + window->InTaken, (uint)taken);
        window->InTaken += taken;
        return taken;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Write(nint bio, byte* source, int count)
    {
        var window = (WireWindow*)OpenSsl.BIO_get_data(bio);
        OpenSsl.BIO_clear_flags(bio, OpenSsl.BioRetryMask);
        var written = Math.Min(count, window->OutRoom - window->OutWritten);
        if (written <= 0)
        {
            OpenSsl.BIO_set_flags(bio, OpenSsl.BioWantsWrite);
            return -1;
        }
        Unsafe.CopyBlockUnaligned(window->Out + window->OutWritten, source, (uint)written);
        window->OutWritten += written;
        return written;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint Control(nint bio, int command, nint number, nint pointer) =>
        command == OpenSsl.BioCtrlFlush ? 1 : 0;
}
