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

    private readonly HttpClient _http =
        new(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = Patience };

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
                    $"The hook {url} answered {step} with status {(int)answer.StatusCode}.");
        }
        catch (HttpRequestException error)
        {
            throw new RotationFault($"The hook {url} can't be reached: {error.HttpRequestError}.");
        }
        catch (TaskCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new RotationFault($"The hook {url} took longer than {Patience.TotalSeconds} s for {step}.");
        }
    }

    public void Dispose() => _http.Dispose();
}

/// <summary>What AWS sends to a rotation function.</summary>
internal sealed record HookEvent(string Step, string SecretId, string ClientRequestToken);

[JsonSerializable(typeof(HookEvent))]
internal sealed partial class HookJson : JsonSerializerContext;
