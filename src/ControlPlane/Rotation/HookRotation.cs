using System.Net.Http.Json;
using System.Text.Json.Serialization;

namespace Sento.ControlPlane.Rotation;

/// <summary>
/// A rotation that is somebody else's: each step is posted to a URL as the event that a Lambda function would
/// get; the function calls the API as at AWS.
/// </summary>
internal sealed class HookRotation(Uri url, string arn, string token) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>What Lambda lets a function answer; nobody reads it, but it ends the step.</summary>
    private const int AnswerBytesMax = 6 * 1024 * 1024;

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false })
    {
        Timeout = Patience,
        MaxResponseContentBufferSize = AnswerBytesMax,
    };

    /// <summary>Without its query, where a key may stand.</summary>
    private string Place => url.GetLeftPart(UriPartial.Path);

    public async Task RunAsync(string step, CancellationToken cancellation)
    {
        try
        {
            var body = new HookEvent(step, arn, token);
            using var answer = await _http.PostAsJsonAsync(url, body, HookJson.Default.HookEvent,
                cancellation);
            // Lambda tells of an error in a header, with a status of success.
            if (!answer.IsSuccessStatusCode || answer.Headers.Contains("X-Amz-Function-Error"))
                throw new RotationFault(
                    $"The hook {Place} answered {step} with status {(int)answer.StatusCode}.");
        }
        catch (HttpRequestException error)
            when (error.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            throw new RotationFault(
                $"The hook {Place} answered {step} with more than {AnswerBytesMax} bytes.");
        }
        catch (HttpRequestException error)
        {
            throw new RotationFault($"The hook {Place} can't be reached: {error.HttpRequestError}.");
        }
        catch (TaskCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new RotationFault(
                $"The hook {Place} took longer than {Patience.TotalSeconds} s for {step}.");
        }
    }

    public void Dispose() => _http.Dispose();
}

/// <summary>What AWS sends to a rotation function.</summary>
internal sealed record HookEvent(string Step, string SecretId, string ClientRequestToken);

[JsonSerializable(typeof(HookEvent))]
internal sealed partial class HookJson : JsonSerializerContext;
