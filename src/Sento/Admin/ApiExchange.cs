using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Sento.ControlPlane.Api;

namespace Sento.Host.Admin;

/// <summary>
/// Carries one request of the AWS API from the web server to <see cref="AwsApi"/> and back.
/// </summary>
internal static class ApiExchange
{
    /// <summary>Posted; or presigned, as GetCallerIdentity may be.</summary>
    public static bool IsFor(HttpRequest request) => HttpMethods.IsPost(request.Method)
        || (HttpMethods.IsGet(request.Method) && request.Path == "/" && request.Query.ContainsKey("Action"));

    /// <param name="patience">The whole request must have come by then.</param>
    public static async Task AnswerAsync(HttpContext exchange, AwsApi api, TimeSpan patience)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(exchange.RequestAborted);
        deadline.CancelAfter(patience);
        byte[] body = [];
        try
        {
            body = await ReadAsync(exchange.Request, deadline.Token);
            var request = Translate(exchange, body);
            await api.PrepareAsync(request);
            var answer = api.Answer(request, DateTimeOffset.UtcNow);
            await SendAsync(exchange.Response, answer, deadline.Token);
        }
        catch (BadHttpRequestException refusal)
        {
            exchange.Response.StatusCode = refusal.StatusCode;
        }
        catch (OperationCanceledException) when (!exchange.Response.HasStarted)
        {
            exchange.Response.StatusCode = StatusCodes.Status408RequestTimeout;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(body);
        }
    }

    private static async Task<byte[]> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        var size = (int)Math.Min(request.ContentLength ?? 16 * 1024, AwsApi.BodyBytesMax);
        var buffer = new byte[Math.Max(size, 1)];
        var count = 0;
        while (true)
        {
            var read = await request.Body.ReadAsync(buffer.AsMemory(count), cancellation);
            count += read;
            if (read == 0)
                break;
            if (count == buffer.Length && request.ContentLength != count)
            {
                var larger = new byte[buffer.Length * 2];
                buffer.CopyTo(larger, 0);
                CryptographicOperations.ZeroMemory(buffer);
                buffer = larger;
            }
            else if (count == buffer.Length)
            {
                break;
            }
        }
        if (count == buffer.Length)
            return buffer;
        var body = buffer[..count];
        CryptographicOperations.ZeroMemory(buffer);
        return body;
    }

    private static ApiRequest Translate(HttpContext exchange, byte[] body)
    {
        var request = exchange.Request;
        var target = exchange.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?', 2);
        var headers = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
        foreach (var (name, values) in request.Headers)
        {
            foreach (var value in values)
                headers.Add(new(name, value ?? ""));
        }
        var remote = exchange.Connection.RemoteIpAddress;
        if (remote is { IsIPv4MappedToIPv6: true })
            remote = remote.MapToIPv4();
        return new ApiRequest(
            request.Method, target[0], target.Length > 1 ? target[1] : "", headers.ToImmutable(), body,
            remote is null || remote.Equals(IPAddress.None) ? null : remote.ToString(), request.IsHttps);
    }

    private static async Task SendAsync(
        HttpResponse response, ApiResponse answer, CancellationToken cancellation)
    {
        response.StatusCode = answer.Status;
        response.ContentType = answer.ContentType;
        response.ContentLength = answer.Body.Length;
        response.Headers["x-amzn-RequestId"] = answer.RequestId;
        response.Headers.CacheControl = "no-store";
        await response.Body.WriteAsync(answer.Body, cancellation);
        CryptographicOperations.ZeroMemory(answer.Body);
    }
}
