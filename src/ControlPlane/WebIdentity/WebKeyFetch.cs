using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Sento.Identity.WebIdentity;

namespace Sento.ControlPlane.WebIdentity;

/// <summary>
/// Asks an issuer for its keys: OpenID Connect Discovery 1.0, or the place that was configured. Any thread.
/// </summary>
internal sealed class WebKeyFetch : IDisposable
{
    private const int TokenBytesMax = 64 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly WebIssuer _issuer;
    private readonly WebKeyPlace _place;
    private readonly HttpClient _http;

    /// <exception cref="WebKeyFault">The authorities can't be read.</exception>
    public WebKeyFetch(WebIssuer issuer, WebKeyPlace place)
    {
        (_issuer, _place) = (issuer, place);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        };
        if (place.AuthorityFile is { } file)
            handler.SslOptions.CertificateChainPolicy = TrustOf(file);
        _http = new HttpClient(handler)
        {
            Timeout = Patience,
            MaxResponseContentBufferSize = WebKeySet.BytesMax,
        };
    }

    /// <exception cref="WebKeyFault">They can't be had.</exception>
    public async Task<WebKeySet> GetAsync(CancellationToken cancellation)
    {
        var bytes = _place.JwksFile is { } file
            ? ReadFile(file)
            : await AskAsync(_place.JwksUri is { } uri
                ? Safe(uri, "JwksUri")
                : await DiscoverAsync(cancellation), cancellation);
        return WebKeySet.TryRead(bytes, out var keys)
            ? keys
            : throw new WebKeyFault("what is there is no set of keys that signatures can be checked with");
    }

    public void Dispose() => _http.Dispose();

    /// <summary>The document must be of the issuer that was asked for: another's keys are not its.</summary>
    private async Task<Uri> DiscoverAsync(CancellationToken cancellation)
    {
        var bytes = await AskAsync(
            Safe(_issuer.Issuer.TrimEnd('/') + "/.well-known/openid-configuration", "Issuer"), cancellation);
        try
        {
            using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 16 });
            if (document.RootElement.GetProperty("issuer").GetString() != _issuer.Issuer)
                throw new WebKeyFault("its discovery document names another issuer");
            return Safe(document.RootElement.GetProperty("jwks_uri").GetString() ?? "", "jwks_uri");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException
            or KeyNotFoundException)
        {
            throw new WebKeyFault("its discovery document can't be read");
        }
    }

    private async Task<byte[]> AskAsync(Uri url, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (_place.BearerTokenFile is { } file)
        {
            var token = System.Text.Encoding.ASCII.GetString(ReadFile(file)).Trim();
            if (!request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}"))
                throw new WebKeyFault($"{file} holds no token");
        }
        try
        {
            using var answer = await _http.SendAsync(request, cancellation);
            if (!answer.IsSuccessStatusCode)
                throw new WebKeyFault($"{url} answered {(int)answer.StatusCode}");
            return await answer.Content.ReadAsByteArrayAsync(cancellation);
        }
        catch (HttpRequestException error)
            when (error.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            throw new WebKeyFault($"{url} answered more than {WebKeySet.BytesMax} bytes");
        }
        catch (HttpRequestException error)
        {
            throw new WebKeyFault($"{url} can't be reached: {error.HttpRequestError}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new WebKeyFault($"{url} did not answer within {Patience.TotalSeconds} s");
        }
    }

    /// <summary>Keys that somebody could exchange on their way would let anybody in.</summary>
    private static Uri Safe(string text, string what) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.UserInfo.Length == 0
        && (url.Scheme == "https" || (url.Scheme == "http" && url.IsLoopback))
            ? url
            : throw new WebKeyFault($"its {what} is not an https URL");

    private static X509ChainPolicy TrustOf(string file)
    {
        try
        {
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            policy.CustomTrustStore.ImportFromPemFile(file);
            return policy.CustomTrustStore.Count > 0
                ? policy
                : throw new WebKeyFault($"{file} holds no certificate");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException
            or CryptographicException)
        {
            throw new WebKeyFault($"{file} can't be read: {error.Message}");
        }
    }

    private static byte[] ReadFile(string file)
    {
        try
        {
            return new FileInfo(file).Length <= Math.Max(TokenBytesMax, WebKeySet.BytesMax)
                ? File.ReadAllBytes(file)
                : throw new WebKeyFault($"{file} is longer than {WebKeySet.BytesMax} bytes");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new WebKeyFault($"{file} can't be read: {error.Message}");
        }
    }
}
