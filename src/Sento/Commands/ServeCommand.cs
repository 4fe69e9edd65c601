using System.CommandLine;
using System.CommandLine.Parsing;
using Sento.DataPlane.Metrics;
using Sento.Host.Configuration;
using Sento.Model;

namespace Sento.Host.Commands;

/// <summary>sento serve: from a URL with options, or from a file.</summary>
internal static class ServeCommand
{
    private static readonly Argument<string?> Url = new("URL")
    {
        Description = "The target: postgresql://user:password@host:port/database?sslmode=..., or mysql://...",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<string?> Config = new("--config", "-c")
    {
        Description = "A configuration file instead of a URL. Read again on SIGHUP.",
        HelpName = "FILE",
    };

    private static readonly Option<string[]> Listen = new("--listen", "-l")
    {
        Description = $"Where clients connect, once or more: {ListenAddress.Range}.",
        HelpName = "ADDRESS",
    };

    private static readonly Option<string?> Password = new("--password")
    {
        Description =
            "Where the user's password is: env:NAME or file:PATH (or in the URL, PGPASSWORD or MYSQL_PWD).",
        HelpName = "env:NAME|file:PATH",
    };

    private static readonly Option<string?> Admin = new("--admin")
    {
        Description =
            "Where /metrics, /health, /clients, /servers and /pins are, for example 127.0.0.1:8080.",
        HelpName = "ADDRESS",
    };

    private static readonly Option<string?> LogOption = new("--log")
    {
        Description = "Lines as RDS Proxy writes them, or one JSON object a line.",
        HelpName = "text|json",
    };

    public static Command Create()
    {
        var options = new PropertyOptions();
        var command = new Command("serve", "Serves clients until it is told to stop.")
        {
            Url, Config, Listen, Password, Admin, LogOption,
        };
        foreach (var option in options.All)
            command.Add(option);
        LogOption.AcceptOnlyFromAmong("text", "json");
        Admin.Validators.Add(CheckAdmin);
        command.Validators.Add(result => CheckChoice(result, options));
        command.SetAction((result, _) => RunAsync(result, options));
        return command;
    }

    private static void CheckAdmin(OptionResult result)
    {
        if (result.GetValueOrDefault<string?>() is { } text && ListenAddress.Check(text) is { } fault)
            result.AddError($"--admin: {fault}");
    }

    private static void CheckChoice(CommandResult result, PropertyOptions options)
    {
        var hasUrl = result.GetValue(Url) is not null;
        var hasFile = result.GetValue(Config) is not null;
        if (hasUrl == hasFile)
            result.AddError("Say what to serve: either a URL or --config FILE.");
        else if (hasUrl && result.GetResult(Listen) is null)
            result.AddError("Say where clients connect: --listen 127.0.0.1:6432.");
        if (!hasFile)
            return;
        foreach (var option in options.All.Append(Listen).Append(Password))
        {
            if (result.GetResult(option) is { Implicit: false })
                result.AddError(
                    $"{option.Name} stands in the file; it can't be given together with --config.");
        }
    }

    private static async Task<int> RunAsync(ParseResult result, PropertyOptions options)
    {
        var source = Source(result, options).With(snapshot => snapshot with
        {
            Admin = new AdminConfig
            {
                Listen = result.GetValue(Admin) ?? snapshot.Admin.Listen,
                LogFormat = result.GetValue(LogOption) switch
                {
                    "json" => LogFormat.Json,
                    "text" => LogFormat.Text,
                    _ => snapshot.Admin.LogFormat,
                },
            },
        });
        await using var log = new Log(Console.OpenStandardOutput(), LogFormat.Text);
        using var signals = new Signals();
        var lifecycle = new Lifecycle(source, log, Composition.CreateMetrics(), signals.Reader);
        return await lifecycle.RunAsync(Composition.CreateRuntime, result.InvocationConfiguration.Error);
    }

    private static ConfigurationSource Source(ParseResult result, PropertyOptions options)
    {
        if (result.GetValue(Config) is { } path)
            return ConfigurationSource.OfFile(path);
        var line = new CommandLine(
            result.GetValue(Url)!, [.. result.GetValue(Listen) ?? []], result.GetValue(Password),
            options.Values(result));
        return new ConfigurationSource("sento serve", () => CommandLineConfiguration.Read(line));
    }
}
