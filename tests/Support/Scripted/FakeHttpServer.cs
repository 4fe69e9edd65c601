using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sento.Tests.Support.Scripted;

/// <summary>
/// A server whose answers a test writes, and which remembers what it was asked, by whatever host's name. One
/// request a connection.
/// </summary>
public sealed class FakeHttpServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<string, Task<(int Status, string Body)>> _answer;

    /// <param name="answer">From a request's body. Status 0: the connection is cut.</param>
    public FakeHttpServer(Func<string, Task<(int Status, string Body)>> answer)
    {
        _answer = answer;
        _listener.Start();
        Url = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");
        _ = ServeAsync();
    }

    public Uri Url { get; }

    /// <summary>Path and query of each request, oldest first.</summary>
    public ConcurrentQueue<string> Targets { get; } = new();

    /// <summary>Bodies, oldest first.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public void Dispose() => _listener.Dispose();

    private async Task ServeAsync()
    {
        try
        {
            while (true)
                _ = AnswerAsync(await _listener.AcceptTcpClientAsync());
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Closed by the test.
        }
    }

    /// <summary>By its length, or in chunks; ASCII, as all that comes here.</summary>
    private static async Task<string> ReadBodyAsync(StreamReader reader)
    {
        const string lengthHeader = "Content-Length:";
        var (length, isChunked) = (0, false);
        while (await reader.ReadLineAsync() is { Length: > 0 } header)
        {
            if (header.StartsWith(lengthHeader, StringComparison.OrdinalIgnoreCase))
                length = int.Parse(header[lengthHeader.Length..], CultureInfo.InvariantCulture);
            isChunked |= header.Equals("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase);
        }
        if (!isChunked)
            return await ReadAsync(reader, length);
        var body = new StringBuilder();
        while (await reader.ReadLineAsync() is { } size && size is not "0")
        {
            body.Append(await ReadAsync(
                reader, int.Parse(size, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)));
            await reader.ReadLineAsync();
        }
        return body.ToString();
    }

    private static async Task<string> ReadAsync(StreamReader reader, int length)
    {
        var text = new char[length];
        if (length > 0)
            await reader.ReadBlockAsync(text);
        return new string(text);
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using var _ = client;
        try
        {
            await using var stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.UTF8);
            var target = (await reader.ReadLineAsync() ?? "").Split(' ');
            var body = await ReadBodyAsync(reader);
            if (target.Length < 2)
                return;
            Targets.Enqueue(target[1]);
            Requests.Enqueue(body);
            var (status, text) = await _answer(body);
            if (status == 0)
                return;
            // Whoever follows it comes back here, and is noticed.
            var location = status is >= 300 and < 400 ? $"Location: {Url}elsewhere\r\n" : "";
            var bytes = Encoding.UTF8.GetBytes(text);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(
                $"HTTP/1.1 {status} As told\r\n{location}Content-Length: {bytes.Length}\r\n"
                + "Connection: close\r\n\r\n"));
            await stream.WriteAsync(bytes);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // The client has left, or the test.
        }
    }
}
