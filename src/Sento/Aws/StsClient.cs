using System.Xml;
using System.Xml.Linq;
using Sento.Identity.AwsCallers;

namespace Sento.Host.Aws;

/// <summary>Asks AWS's STS who has presigned a request. Any thread.</summary>
/// <remarks>
/// The host is of a list, the query was made anew from what was checked, the headers are ours, nothing is
/// followed elsewhere, and the answer has to be the one answer that GetCallerIdentity has.
/// </remarks>
internal sealed class StsClient : IDisposable
{
    private const string XmlNamespace = "https://sts.amazonaws.com/doc/2011-06-15/";
    private const int AnswerBytesMax = 16 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
    })
    {
        Timeout = Patience,
        MaxResponseContentBufferSize = AnswerBytesMax,
    };

    /// <returns>The caller's ARN; null: AWS takes the request for nobody's.</returns>
    /// <exception cref="AwsFault">It can't be asked, or does not want to be.</exception>
    public async Task<string?> WhoIsAsync(
        CallerToken token, string serverId, CancellationToken cancellation)
    {
        var endpoint = AwsAddress.GivenEndpoint("STS") ?? new Uri($"https://{token.Host}/");
        var url = new Uri($"{endpoint.GetLeftPart(UriPartial.Authority)}/?{token.Query}");
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Host = token.Host;
        request.Headers.TryAddWithoutValidation(CallerToken.ServerHeader, serverId);
        try
        {
            using var answer = await _http.SendAsync(request, cancellation);
            var body = await answer.Content.ReadAsByteArrayAsync(cancellation);
            if (answer.IsSuccessStatusCode)
                return ArnIn(body, url.Authority);
            // Too many questions are a refusal too, but not of this one.
            var isRefused = (int)answer.StatusCode is 400 or 401 or 403
                && body.AsSpan().IndexOf("Throttl"u8) < 0;
            return isRefused ? null : throw new AwsFault(
                $"{url.Authority} answered {(int)answer.StatusCode}");
        }
        catch (HttpRequestException error)
        {
            throw new AwsFault($"{url.Authority} can't be reached: {error.HttpRequestError}");
        }
        catch (OperationCanceledException)
        {
            throw new AwsFault($"{url.Authority} did not answer within {Patience.TotalSeconds} s");
        }
    }

    public void Dispose() => _http.Dispose();

    private static string ArnIn(byte[] xml, string host)
    {
        try
        {
            using var reader = XmlReader.Create(
                new MemoryStream(xml),
                new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            XNamespace sts = XmlNamespace;
            var root = XDocument.Load(reader).Root!;
            if (root.Name == sts + "GetCallerIdentityResponse"
                && root.Element(sts + "GetCallerIdentityResult")?.Element(sts + "Arn")?.Value is { } arn)
                return arn.Trim();
        }
        catch (XmlException)
        {
            // As good as any other answer that is none.
        }
        throw new AwsFault($"{host} answered something else than GetCallerIdentity does");
    }
}
