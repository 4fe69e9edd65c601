using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Sento.ControlPlane.Api;
using Sento.Model;

namespace Sento.Host.Admin;

/// <summary>
/// The administration listener: a small web server that answers GET with pages, and POST with the AWS API
/// where
/// there is a vault. Off unless asked for.
/// </summary>
internal sealed class AdminListener : IAsyncDisposable
{
    private const int ConnectionsMax = 100;
    private const int RequestBytesMax = 8 * 1024;
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(1);

    private readonly WebApplication _server;

    private AdminListener(WebApplication server, string address)
    {
        _server = server;
        Address = address;
    }

    /// <summary>Where it listens; with the port that the kernel chose when 0 was asked for.</summary>
    public string Address { get; }

    /// <returns>The listener, or why it could not be had.</returns>
    public static async Task<(AdminListener? Listener, string? Fault)> OpenAsync(
        string address, AdminPages pages, AwsApi? api = null)
    {
        if (!ListenAddress.TryParse(address, out var where))
            return (null, $"administration: {ListenAddress.Check(address)}");
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        // The host's own would take SIGTERM and SIGINT for itself.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => Configure(options, where, api));
        var server = builder.Build();
        server.Run(request => AnswerAsync(request, pages, api));
        try
        {
            await server.StartAsync();
        }
        catch (IOException error)
        {
            await server.DisposeAsync();
            return (null, $"administration: can't listen on {address}: {error.Message}");
        }
        var bound = server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>();
        return (new AdminListener(server, bound?.Addresses.FirstOrDefault() ?? address), null);
    }

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(StopPatience);
        await _server.StopAsync(patience.Token);
        await _server.DisposeAsync();
    }

    private static void Configure(KestrelServerOptions options, ListenAddress where, AwsApi? api)
    {
        options.AddServerHeader = false;
        options.Limits.MaxConcurrentConnections = ConnectionsMax;
        options.Limits.MaxRequestBodySize = api is null ? 0 : AwsApi.BodyBytesMax;
        options.Limits.MaxRequestHeadersTotalSize = RequestBytesMax;
        options.Limits.MaxRequestBufferSize = 2 * RequestBytesMax;
        options.Limits.RequestHeadersTimeout = AnswerPatience;
        if (where.Address is null)
            options.ListenUnixSocket(where.Path, Protocol);
        else
            options.Listen(new IPEndPoint(where.Address, where.Port), Protocol);

        static void Protocol(ListenOptions listen) => listen.Protocols = HttpProtocols.Http1;
    }

    private static async Task AnswerAsync(HttpContext request, AdminPages pages, AwsApi? api)
    {
        var response = request.Response;
        if (api is not null && ApiExchange.IsFor(request.Request))
        {
            await ApiExchange.AnswerAsync(request, api, AnswerPatience);
            return;
        }
        if (!HttpMethods.IsGet(request.Request.Method) && !HttpMethods.IsHead(request.Request.Method))
        {
            response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return;
        }
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(request.RequestAborted);
        patience.CancelAfter(AnswerPatience);
        try
        {
            var page = await pages.GetAsync(request.Request.Path.Value ?? "/", patience.Token);
            response.StatusCode = page?.Status ?? StatusCodes.Status404NotFound;
            response.ContentType = page?.ContentType;
            response.ContentLength = page?.Body.Length ?? 0;
            if (page is not null && HttpMethods.IsGet(request.Request.Method))
                await response.Body.WriteAsync(page.Body, patience.Token);
        }
        catch (OperationCanceledException) when (!response.HasStarted)
        {
            response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        }
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
