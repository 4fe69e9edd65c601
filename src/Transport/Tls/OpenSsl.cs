using System.Runtime.InteropServices;

namespace Sento.Transport.Tls;

/// <summary>
/// The functions of OpenSSL 3 that we call, and their constants. OpenSSL 3.0 manual pages, section 3.
/// </summary>
/// <remarks>
/// Handles are plain <see cref="nint"/>: their owners are <see cref="TlsContext"/> and <see
/// cref="TlsSession"/>. No call skips the transition to unmanaged code: most of them call back into <see
/// cref="WireBio"/>. .NET itself loads the same shared objects on Linux, so they are one copy in the process.
/// </remarks>
internal static unsafe partial class OpenSsl
{
    private const string Ssl = "libssl.so.3";
    private const string Crypto = "libcrypto.so.3";

    public const int ErrorWantRead = 2;
    public const int ErrorWantWrite = 3;
    public const int ErrorZeroReturn = 6;

    public const int CtrlMode = 33;
    public const int CtrlSessionCacheMode = 44;
    public const int CtrlServerNameCallback = 53;
    public const int CtrlHostName = 55;
    public const int CtrlMinProtocol = 123;
    public const int CtrlMaxProtocol = 124;

    public const int ModeReleaseBuffers = 0x10;
    public const ulong OptionNoTicket = 1UL << 14;
    public const ulong OptionNoCompression = 1UL << 17;
    public const ulong OptionNoRenegotiation = 1UL << 30;

    public const int VerifyNone = 0;
    public const int VerifyPeer = 1;
    public const int FilePem = 1;
    public const int ShutdownReceived = 2;
    public const int KeyUpdateNotRequested = 0;
    public const int KeyUpdateRequested = 1;

    public const int ExtensionOk = 0;
    public const int ExtensionFatal = 2;
    public const int ExtensionIgnored = 3;

    public const int NidCommonName = 13;
    public const int NidMd5 = 4;
    public const int NidSha1 = 64;
    public const int NidSha256 = 672;
    public const uint CheckNoPartialWildcards = 4;
    public const uint NameRfc2253 = 0x1110317;

    public const int BioSourceSink = 0x0400;
    public const int BioCtrlPending = 10;
    public const int BioCtrlFlush = 11;
    public const int BioWantsRead = 0x01 | 0x08;
    public const int BioWantsWrite = 0x02 | 0x08;
    public const int BioRetryMask = 0x0f;

    // Errors: one queue for each thread.
    [LibraryImport(Crypto)] public static partial nuint OpenSSL_version_num();
    [LibraryImport(Crypto)] public static partial void ERR_clear_error();
    [LibraryImport(Crypto)] public static partial nuint ERR_get_error();
    [LibraryImport(Crypto)] public static partial nint ERR_reason_error_string(nuint error);
    [LibraryImport(Crypto)] public static partial nint X509_verify_cert_error_string(long result);

    // Streams.
    [LibraryImport(Crypto)] public static partial int BIO_get_new_index();
    [LibraryImport(Crypto, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint BIO_meth_new(int type, string name);
    [LibraryImport(Crypto)]
    public static partial int BIO_meth_set_read(
        nint method, delegate* unmanaged[Cdecl]<nint, byte*, int, int> read);
    [LibraryImport(Crypto)]
    public static partial int BIO_meth_set_write(
        nint method, delegate* unmanaged[Cdecl]<nint, byte*, int, int> write);
    [LibraryImport(Crypto)]
    public static partial int BIO_meth_set_ctrl(
        nint method, delegate* unmanaged[Cdecl]<nint, int, nint, nint, nint> ctrl);
    [LibraryImport(Crypto)] public static partial nint BIO_new(nint method);
    [LibraryImport(Crypto)] public static partial void BIO_set_data(nint bio, void* data);
    [LibraryImport(Crypto)] public static partial void* BIO_get_data(nint bio);
    [LibraryImport(Crypto)] public static partial void BIO_set_init(nint bio, int isReady);
    [LibraryImport(Crypto)] public static partial void BIO_set_flags(nint bio, int flags);
    [LibraryImport(Crypto)] public static partial void BIO_clear_flags(nint bio, int flags);
    [LibraryImport(Crypto)] public static partial nint BIO_s_mem();
    [LibraryImport(Crypto)] public static partial int BIO_read(nint bio, byte* bytes, int count);
    [LibraryImport(Crypto)]
    public static partial nint BIO_ctrl(nint bio, int command, nint number, nint pointer);
    [LibraryImport(Crypto)] public static partial int BIO_free(nint bio);

    // Certificates.
    [LibraryImport(Crypto)] public static partial nint X509_get_subject_name(nint certificate);
    [LibraryImport(Crypto)]
    public static partial int X509_NAME_print_ex(nint bio, nint name, int indent, nuint flags);
    [LibraryImport(Crypto)]
    public static partial int X509_NAME_get_index_by_NID(nint name, int nid, int after);
    [LibraryImport(Crypto)] public static partial nint X509_NAME_get_entry(nint name, int index);
    [LibraryImport(Crypto)] public static partial nint X509_NAME_ENTRY_get_data(nint entry);
    [LibraryImport(Crypto)] public static partial int ASN1_STRING_to_UTF8(byte** text, nint asn1);
    [LibraryImport(Crypto)] public static partial void CRYPTO_free(void* bytes, nint file, int line);
    [LibraryImport(Crypto)] public static partial int i2d_X509(nint certificate, byte** der);
    [LibraryImport(Crypto)]
    public static partial int X509_get_signature_info(
        nint certificate, int* digest, int* key, int* bits, uint* flags);
    [LibraryImport(Crypto)] public static partial nint OBJ_nid2sn(int nid);
    [LibraryImport(Crypto)] public static partial nint EVP_get_digestbyname(nint name);
    [LibraryImport(Crypto)]
    public static partial int X509_digest(nint certificate, nint digest, byte* hash, uint* length);
    [LibraryImport(Crypto, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int X509_VERIFY_PARAM_set1_host(nint parameters, string name, nuint length);
    [LibraryImport(Crypto)]
    public static partial void X509_VERIFY_PARAM_set_hostflags(nint parameters, uint flags);
    [LibraryImport(Crypto, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int X509_VERIFY_PARAM_set1_ip_asc(nint parameters, string address);

    // Contexts.
    [LibraryImport(Ssl)] public static partial nint TLS_server_method();
    [LibraryImport(Ssl)] public static partial nint TLS_client_method();
    [LibraryImport(Ssl)] public static partial nint SSL_CTX_new(nint method);
    [LibraryImport(Ssl)] public static partial void SSL_CTX_free(nint context);
    [LibraryImport(Ssl)]
    public static partial nint SSL_CTX_ctrl(SslContextHandle context, int command, nint number, nint pointer);
    [LibraryImport(Ssl)]
    public static partial nint SSL_CTX_callback_ctrl(
        SslContextHandle context, int command, delegate* unmanaged[Cdecl]<nint, int*, nint, int> callback);
    [LibraryImport(Ssl)]
    public static partial ulong SSL_CTX_set_options(SslContextHandle context, ulong options);
    [LibraryImport(Ssl, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SSL_CTX_set_cipher_list(SslContextHandle context, string ciphers);
    [LibraryImport(Ssl)]
    public static partial void SSL_CTX_set_default_passwd_cb(
        SslContextHandle context, delegate* unmanaged[Cdecl]<byte*, int, int, nint, int> callback);
    [LibraryImport(Ssl, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SSL_CTX_use_certificate_chain_file(SslContextHandle context, string path);
    [LibraryImport(Ssl, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SSL_CTX_use_PrivateKey_file(SslContextHandle context, string path, int type);
    [LibraryImport(Ssl)] public static partial int SSL_CTX_check_private_key(SslContextHandle context);
    [LibraryImport(Ssl)] public static partial nint SSL_CTX_get0_certificate(SslContextHandle context);
    [LibraryImport(Ssl, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SSL_CTX_load_verify_file(SslContextHandle context, string path);
    [LibraryImport(Ssl)] public static partial int SSL_CTX_set_default_verify_paths(SslContextHandle context);
    [LibraryImport(Ssl, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint SSL_load_client_CA_file(string path);
    [LibraryImport(Ssl)]
    public static partial void SSL_CTX_set_client_CA_list(SslContextHandle context, nint names);
    [LibraryImport(Ssl)]
    public static partial void SSL_CTX_set_verify(SslContextHandle context, int mode, nint callback);
    [LibraryImport(Ssl)]
    public static partial int SSL_CTX_set_session_id_context(SslContextHandle context, byte* id, uint length);
    [LibraryImport(Ssl)]
    public static partial int SSL_CTX_set_num_tickets(SslContextHandle context, nuint count);
    [LibraryImport(Ssl)]
    public static partial void SSL_CTX_set_alpn_select_cb(
        SslContextHandle context,
        delegate* unmanaged[Cdecl]<nint, byte**, byte*, byte*, uint, nint, int> callback,
        nint argument);
    [LibraryImport(Ssl)]
    public static partial int SSL_CTX_set_alpn_protos(SslContextHandle context, byte* names, uint length);

    // Sessions.
    [LibraryImport(Ssl)] public static partial nint SSL_new(SslContextHandle context);
    [LibraryImport(Ssl)] public static partial void SSL_free(nint ssl);
    [LibraryImport(Ssl)] public static partial void SSL_set_bio(nint ssl, nint read, nint write);
    [LibraryImport(Ssl)] public static partial void SSL_set_accept_state(nint ssl);
    [LibraryImport(Ssl)] public static partial void SSL_set_connect_state(nint ssl);
    [LibraryImport(Ssl)] public static partial void SSL_set_read_ahead(nint ssl, int isOn);
    [LibraryImport(Ssl, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint SSL_ctrl(nint ssl, int command, nint number, string text);
    [LibraryImport(Ssl)] public static partial nint SSL_get0_param(nint ssl);
    [LibraryImport(Ssl)] public static partial int SSL_free_buffers(nint ssl);
    [LibraryImport(Ssl)] public static partial int SSL_do_handshake(nint ssl);
    [LibraryImport(Ssl)] public static partial int SSL_read(nint ssl, byte* bytes, int count);
    [LibraryImport(Ssl)] public static partial int SSL_write(nint ssl, byte* bytes, int count);
    [LibraryImport(Ssl)] public static partial int SSL_shutdown(nint ssl);
    [LibraryImport(Ssl)] public static partial int SSL_get_shutdown(nint ssl);
    [LibraryImport(Ssl)] public static partial int SSL_key_update(nint ssl, int kind);
    [LibraryImport(Ssl)] public static partial int SSL_get_error(nint ssl, int result);
    [LibraryImport(Ssl)] public static partial int SSL_pending(nint ssl);
    [LibraryImport(Ssl)] public static partial int SSL_has_pending(nint ssl);
    [LibraryImport(Ssl)] public static partial nint SSL_get_version(nint ssl);
    [LibraryImport(Ssl)] public static partial nint SSL_get_current_cipher(nint ssl);
    [LibraryImport(Ssl)] public static partial nint SSL_CIPHER_get_name(nint cipher);
    [LibraryImport(Ssl)] public static partial int SSL_CIPHER_get_bits(nint cipher, nint algorithmBits);
    [LibraryImport(Ssl)]
    public static partial void SSL_get0_alpn_selected(nint ssl, byte** name, uint* length);
    [LibraryImport(Ssl)] public static partial nint SSL_get_servername(nint ssl, int kind);
    [LibraryImport(Ssl)] public static partial nint SSL_get0_peer_certificate(nint ssl);
    [LibraryImport(Ssl)] public static partial long SSL_get_verify_result(nint ssl);
    [LibraryImport(Ssl)] public static partial int SSL_session_reused(nint ssl);
}
