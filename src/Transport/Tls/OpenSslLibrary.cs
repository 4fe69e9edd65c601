using System.Runtime.InteropServices;

namespace Sento.Transport.Tls;

/// <summary>Finds out, once, whether OpenSSL 3 can be used, and turns its error queue into text.</summary>
internal static class OpenSslLibrary
{
    private const uint SystemErrorFlag = 0x8000_0000;

    /// <summary>Null: usable. Else what is missing and what to do about it.</summary>
    public static string? Fault { get; } = Probe();

    /// <summary>Empties this thread's error queue and names its first, and so causing, error.</summary>
    /// <remarks>
    /// The queue belongs to the thread: call this on the thread of the failed call, before any other.
    /// </remarks>
    public static string DrainErrors()
    {
        var first = OpenSsl.ERR_get_error();
        OpenSsl.ERR_clear_error();
        if (first == 0)
            return "no reason given";
        if ((first & SystemErrorFlag) != 0)
            return Marshal.GetPInvokeErrorMessage((int)(first & ~(nuint)SystemErrorFlag));
        return Marshal.PtrToStringUTF8(OpenSsl.ERR_reason_error_string(first)) ?? $"OpenSSL error {first:x}";
    }

    private static string? Probe()
    {
        const string advice = "install OpenSSL 3 (Debian: libssl3, Alpine: libssl3, Fedora: openssl-libs)";
        try
        {
            var version = OpenSsl.OpenSSL_version_num();
            OpenSsl.TLS_server_method();
            return version >= 0x3000_0000 ? null : $"TLS needs OpenSSL 3, found {version:x}: {advice}";
        }
        catch (DllNotFoundException)
        {
            return $"TLS needs libssl.so.3 and libcrypto.so.3, which could not be loaded: {advice}";
        }
        catch (EntryPointNotFoundException)
        {
            return $"libssl.so.3 lacks functions of OpenSSL 3: {advice}";
        }
    }
}
