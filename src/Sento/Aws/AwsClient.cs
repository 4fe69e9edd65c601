using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Sento.Base;
using Sento.Identity.SigV4;

namespace Sento.Host.Aws;

/// <summary>Asks AWS by its JSON protocol, signed with the credentials that are found. Any thread.</summary>
internal sealed class AwsClient : IDisposable
{
    private const string JsonType = "application/x-amz-json-1.1";

    /// <summary>A secret of 64 KiB, each byte escaped, and all around it.</summary>
    private const int AnswerBytesMax = 512 * 1024;

    private const int MessageCharactersMax = 300;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly AwsCredentials _credentials = new();

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
    })
    {
        Timeout = Patience,
        MaxResponseContentBufferSize = AnswerBytesMax,
    };

    /// <param name="target">X-Amz-Target: the service's name there, a dot, the operation.</param>
    /// <returns>The answer's body; the caller wipes it.</returns>
    /// <exception cref="AwsFault">AWS can't be reached, or refuses.</exception>
    public async Task<byte[]> AskAsync(
        AwsAddress address, string service, Uri endpoint, string target, byte[] body, string? roleArn,
        CancellationToken cancellation)
    {
        var credentials = await _credentials.GetAsync(roleArn, cancellation);
        using var secret = SecretBytes.FromText(credentials.SecretKey);
        ImmutableArray<KeyValuePair<string, string>> headers =
            [new("Content-Type", JsonType), new("Host", endpoint.Authority), new("X-Amz-Target", target)];
        var added = RequestSigner.Sign(
            new SignedRequest("POST", endpoint.AbsolutePath, "", headers, body), address.Region, service,
            credentials.AccessKey, secret, credentials.UseToken ? credentials.Token : null,
            DateTimeOffset.UtcNow);
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint)
        {
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", JsonType);
        foreach (var (name, value) in headers.Skip(1).Concat(added))
            request.Headers.TryAddWithoutValidation(name, value);
        return await SendAsync(request, cancellation);
    }

    public void Dispose() => _http.Dispose();

    private async Task<byte[]> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        var host = request.RequestUri!.Authority;
        try
        {
            using var answer = await _http.SendAsync(request, cancellation);
            var body = await answer.Content.ReadAsByteArrayAsync(cancellation);
            return answer.IsSuccessStatusCode
                ? body
                : throw new AwsFault($"{host} answered {(int)answer.StatusCode}{WordsOf(body)}");
        }
        catch (HttpRequestException error)
            when (error.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            throw new AwsFault($"{host} answered more than {AnswerBytesMax} bytes");
        }
        catch (HttpRequestException error)
        {
            throw new AwsFault($"{host} can't be reached: {error.HttpRequestError}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new AwsFault($"{host} did not answer within {Patience.TotalSeconds} s");
        }
    }

    /// <summary>AWS's code and message; empty: it is no error of AWS's.</summary>
    private static string WordsOf(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var words = new StringBuilder();
            foreach (var name in (string[])["__type", "message", "Message"])
            {
                if (document.RootElement.TryGetProperty(name, out var value)
                    && value.ValueKind == JsonValueKind.String)
                    words.Append(words.Length == 0 ? ", " : ": ").Append(value.GetString());
            }
            return words.Length <= MessageCharactersMax
                ? words.ToString()
                : words.ToString(0, MessageCharactersMax) + "…";
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return "";
        }
    }
}
