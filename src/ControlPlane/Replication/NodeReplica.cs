using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Sento.Base;
using Sento.ControlPlane.Api;
using Sento.Identity.SigV4;

namespace Sento.ControlPlane.Replication;

/// <summary>
/// The vault of another region on another node: its API, signed by an access key of its own identities.
/// </summary>
public sealed class NodeReplica(Uri url, string region, string accessKeyId, SecretBytes secret)
    : IReplicaVault
{
    private const string JsonType = "application/x-amz-json-1.1";
    private const int AnswerBytesMax = 64 * 1024;
    private const int MessageCharactersMax = 300;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
    })
    {
        Timeout = Patience,
        MaxResponseContentBufferSize = AnswerBytesMax,
    };

    public async Task<byte[]> CallAsync(string operation, byte[] body, CancellationToken cancellation)
    {
        using var request = Sign(operation, body);
        try
        {
            using var answer = await _http.SendAsync(request, cancellation);
            var bytes = await answer.Content.ReadAsByteArrayAsync(cancellation);
            if (answer.IsSuccessStatusCode)
                return bytes;
            var (code, message) = Words(bytes);
            throw new ReplicaFault(
                code, $"{url.Authority} answered {(int)answer.StatusCode}"
                + (code.Length > 0 ? $", {code}: {message}" : ""));
        }
        catch (HttpRequestException error)
        {
            throw new ReplicaFault("", $"{url.Authority} can't be reached: {error.HttpRequestError}");
        }
        catch (ObjectDisposedException)
        {
            throw new ReplicaFault("", "the configuration has changed");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new ReplicaFault("", $"{url.Authority} did not answer within {Patience.TotalSeconds} s");
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        secret.Dispose();
    }

    private HttpRequestMessage Sign(string operation, byte[] body)
    {
        ImmutableArray<KeyValuePair<string, string>> headers =
        [
            new("Content-Type", JsonType), new("Host", url.Authority),
            new("X-Amz-Target", AwsApi.TargetOf(operation)),
        ];
        var added = RequestSigner.Sign(
            new SignedRequest("POST", "/", "", headers, body), region, "secretsmanager", accessKeyId, secret,
            sessionToken: null, DateTimeOffset.UtcNow);
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(url, "/"))
        {
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", JsonType);
        foreach (var (name, value) in headers.Skip(1).Concat(added))
            request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    private static (string Code, string Message) Words(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var words = document.RootElement;
            var code = words.GetProperty("__type").GetString() ?? "";
            var text = words.TryGetProperty("Message", out var given)
                || words.TryGetProperty("message", out given) ? given.ToString() : "";
            return (Short(code), Short(text));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException
            or KeyNotFoundException)
        {
            return ("", "");
        }
    }

    private static string Short(string text) =>
        text.Length <= MessageCharactersMax ? text : text[..MessageCharactersMax] + "…";
}
