using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Sento.Tests.Support.Processes;

namespace Sento.Tests.ApiConformance;

/// <summary>A server whose answers a test writes, and which remembers what it was asked.</summary>
internal sealed class FakeHttpServer : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Func<string, Task<(int Status, string Body)>> _answer;

    /// <param name="answer">From a request's body. Status 0: the connection is cut.</param>
    public FakeHttpServer(Func<string, Task<(int Status, string Body)>> answer)
    {
        _answer = answer;
        Url = new Uri($"http://127.0.0.1:{FreePort.Take()}/");
        _listener.Prefixes.Add(Url.ToString());
        _listener.Start();
        _ = ServeAsync();
    }

    public Uri Url { get; }

    /// <summary>Bodies, oldest first.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        try
        {
            while (true)
                _ = AnswerAsync(await _listener.GetContextAsync());
        }
        catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
        {
            // Closed by the test.
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        using var reader = new StreamReader(context.Request.InputStream);
        var body = await reader.ReadToEndAsync();
        Requests.Enqueue(body);
        var (status, text) = await _answer(body);
        try
        {
            if (status == 0)
            {
                context.Response.Abort();
                return;
            }
            context.Response.StatusCode = status;
            await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(text));
            context.Response.Close();
        }
        catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
        {
            // The client has left, or the test.
        }
    }
}
