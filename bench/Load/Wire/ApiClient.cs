using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Sento.Base;
using Sento.Identity.SigV4;
using Sento.Load.Contenders;

namespace Sento.Load.Wire;

/// <summary>
/// One connection to the Secrets Manager API: signs each request anew, as its SDKs do. Blocking, main thread
/// only; a request and its answer are two steps, so that many connections can wait side by side.
/// </summary>
internal sealed class ApiClient : IDisposable
{
    private const int AnswerMilliseconds = 10_000;

    private readonly string _host;
    private readonly SentoWithVault _sento;
    private readonly SecretBytes _secret;
    private readonly byte[] _buffer = new byte[64 * 1024];

    public ApiClient(SentoWithVault sento)
    {
        _sento = sento;
        _host = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{sento.ApiPort}");
        _secret = SecretBytes.FromText(sento.Key.Secret);
        Socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            ReceiveTimeout = AnswerMilliseconds,
        };
        try
        {
            Socket.Connect(IPAddress.Loopback, sento.ApiPort);
        }
        catch (SocketException fault)
        {
            Dispose();
            throw new BenchFailure($"port {sento.ApiPort}: {fault.Message}");
        }
    }

    /// <summary>To wait on.</summary>
    public Socket Socket { get; }

    public void Send(string operation, string json)
    {
        var body = Encoding.UTF8.GetBytes(json);
        ImmutableArray<KeyValuePair<string, string>> headers =
        [
            new("Host", _host),
            new("Content-Type", "application/x-amz-json-1.1"),
            new("X-Amz-Target", "secretsmanager." + operation),
        ];
        var signed = RequestSigner.Sign(
            new SignedRequest("POST", "/", "", headers, body), SentoWithVault.Region, "secretsmanager",
            _sento.Key.Id, _secret, null, DateTimeOffset.UtcNow);
        var text = new StringBuilder("POST / HTTP/1.1\r\n");
        foreach (var (name, value) in headers.Concat(signed))
            text.Append(name).Append(": ").Append(value).Append("\r\n");
        text.Append(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n\r\n").Append(json);
        Socket.Send(Encoding.UTF8.GetBytes(text.ToString()));
    }

    /// <summary>Waits for the whole answer.</summary>
    /// <returns>Its body.</returns>
    /// <exception cref="BenchFailure">It is not 200.</exception>
    public string Receive()
    {
        var count = 0;
        while (true)
        {
            var read = Socket.Receive(_buffer.AsSpan(count));
            if (read == 0) throw new BenchFailure("the API closed the connection");
            count += read;
            var text = Encoding.UTF8.GetString(_buffer, 0, count);
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end < 0 || LengthIn(text[..end]) is not { } length || count < end + 4 + length) continue;
            if (!text.StartsWith("HTTP/1.1 200", StringComparison.Ordinal))
                throw new BenchFailure($"the API says: {text.Split('\r')[0]} {text[(end + 4)..]}");
            return text[(end + 4)..];
        }
    }

    public void Dispose()
    {
        Socket.Dispose();
        _secret.Dispose();
    }

    private static int? LengthIn(string head)
    {
        foreach (var line in head.Split("\r\n"))
        {
            if (line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
                return int.Parse(line.AsSpan(15), CultureInfo.InvariantCulture);
        }
        throw new BenchFailure("the API's answer has no Content-Length");
    }
}
