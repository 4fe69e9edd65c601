using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Sento.Base;

namespace Sento.Transport.Tls;

/// <summary>Protocol names in the form of RFC 7301, ProtocolName: a length byte, then the name.</summary>
internal static unsafe class AlpnName
{
    // A context's callback points at its name for as long as any session of it lives, which we do not follow.
    // The names are few and come from our own code, so each is kept for the life of the process.
    private static readonly ConcurrentDictionary<string, nint> s_interned = new(StringComparer.Ordinal);

    public static byte[] Encode(string name)
    {
        var bytes = Encoding.ASCII.GetBytes(name);
        Invariant.Holds(bytes.Length is > 0 and <= 255);
        return [(byte)bytes.Length, .. bytes];
    }

    public static void SelectIn(SslContextHandle context, string name) =>
        OpenSsl.SSL_CTX_set_alpn_select_cb(context, &Select, s_interned.GetOrAdd(name, Intern));

    private static nint Intern(string name)
    {
        var encoded = Encode(name);
        var native = NativeMemory.Alloc((nuint)encoded.Length);
        encoded.CopyTo(new Span<byte>(native, encoded.Length));
        return (nint)native;
    }

    /// <summary>Runs inside a handshake; not at all when the client offers no names.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Select(
        nint ssl, byte** chosen, byte* chosenLength, byte* offered, uint count, nint wanted)
    {
        var name = new ReadOnlySpan<byte>((byte*)wanted + 1, *(byte*)wanted);
        for (uint at = 0; at < count;)
        {
            var length = offered[at];
            if (length > count - at - 1)
                break;
            if (new ReadOnlySpan<byte>(offered + at + 1, length).SequenceEqual(name))
            {
                *chosen = offered + at + 1;
                *chosenLength = length;
                return OpenSsl.ExtensionOk;
            }
            at += 1u + length;
        }
        return OpenSsl.ExtensionFatal;
    }
}
