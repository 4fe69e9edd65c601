using System.Buffers;
using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Sento.ControlPlane.Api;
using Sento.ControlPlane.Replication;
using Sento.ControlPlane.Rotation;
using Sento.Vault;

namespace Sento.Host.Commands;

/// <summary>
/// sento secret put: makes a secret or gives it a new value. The value is typed, or comes from a file or from
/// standard input; never from the command line, where others can read it.
/// </summary>
internal static class SecretPutCommand
{
    private static readonly Argument<string> Name = new("NAME") { Description = "The secret's name." };

    private static readonly Option<string?> File = new("--file")
    {
        Description = "Where the value is; else it is typed, or read from standard input.",
        HelpName = "FILE",
    };

    private static readonly Option<string?> Username = new("--username")
    {
        Description = "Makes the usual JSON of a database's secret; the value is then the password alone.",
        HelpName = "USER",
    };

    private static readonly Option<string[]> Fields = new("--field")
    {
        Description = "More fields of that JSON: engine=postgres, host=, port=, dbname=, masterarn=",
        HelpName = "KEY=VALUE",
    };

    public static Command Create(VaultOptions options)
    {
        var command = new Command("put", "Makes a secret, or gives it a new value.")
        {
            Name, File, Username, Fields,
        };
        options.AddTo(command);
        command.Validators.Add(result =>
        {
            foreach (var field in result.GetValue(Fields) ?? [])
            {
                if (field.IndexOf('=', StringComparison.Ordinal) < 1)
                    result.AddError($"--field: \"{field}\" is not KEY=VALUE");
                else if (field.StartsWith("password=", StringComparison.OrdinalIgnoreCase))
                    result.AddError("--field: a password does not belong on the command line");
            }
        });
        command.SetAction(result => options.With(result, vault => Put(result, vault)));
        return command;
    }

    private static int Put(ParseResult result, SecretVault vault)
    {
        var typed = Read(result);
        byte[] value = [];
        byte[] request = [];
        try
        {
            value = result.GetValue(Username) is { } user ? Compose(result, user, typed) : typed;
            var name = result.GetRequiredValue(Name);
            var exists = vault.Find(name) is { IsDeleted: false };
            request = Request(exists ? "SecretId" : "Name", name, value);
            var service = new SecretsService(vault, RotationFunctions.BuiltIn, ReplicaRegions.Unknown);
            service.Run(
                Caller.Local(), exists ? "PutSecretValue" : "CreateSecret", request, DateTimeOffset.UtcNow);
            result.InvocationConfiguration.Output.WriteLine(vault.Find(name)!.Arn);
            return ExitCode.Good;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(typed);
            CryptographicOperations.ZeroMemory(value);
            CryptographicOperations.ZeroMemory(request);
        }
    }

    private static byte[] Request(string idName, string id, byte[] value) => Write(json =>
    {
        json.WriteString(idName, id);
        json.WriteString("ClientRequestToken", Guid.NewGuid().ToString());
        json.WriteString("SecretString", value);
    });

    private static byte[] Compose(ParseResult result, string user, byte[] password) => Write(json =>
    {
        json.WriteString("username", user);
        json.WriteString("password", password);
        foreach (var field in result.GetValue(Fields) ?? [])
        {
            var parts = field.Split('=', 2);
            json.WriteString(parts[0], parts[1]);
        }
    });

    private static byte[] Write(Action<Utf8JsonWriter> content)
    {
        var buffer = new ArrayBufferWriter<byte>(8 * SecretValue.BytesMax);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            content(json);
            json.WriteEndObject();
        }
        var bytes = buffer.WrittenSpan.ToArray();
        buffer.Clear();
        return bytes;
    }

    private static byte[] Read(ParseResult result)
    {
        if (result.GetValue(File) is { } file)
            return Bounded(System.IO.File.OpenRead(file));
        return Console.IsInputRedirected ? Bounded(Console.OpenStandardInput()) : Type(result);
    }

    /// <summary>Without the line's end that editors and echo put behind it.</summary>
    private static byte[] Bounded(Stream stream)
    {
        using (stream)
        {
            var buffer = new byte[SecretValue.BytesMax + 2];
            var count = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            if (count > SecretValue.BytesMax + 1)
                throw new VaultFault($"the value is longer than {SecretValue.BytesMax} bytes");
            if (count > 0 && buffer[count - 1] == (byte)'\n')
                count--;
            if (count == 0)
                throw new VaultFault("the value is empty");
            var value = buffer[..count];
            CryptographicOperations.ZeroMemory(buffer);
            return value;
        }
    }

    private static byte[] Type(ParseResult result)
    {
        var error = result.InvocationConfiguration.Error;
        error.Write(result.GetValue(Username) is null ? "Value: " : "Password: ");
        var typed = new StringBuilder();
        for (var key = Console.ReadKey(intercept: true); key.Key != ConsoleKey.Enter;
            key = Console.ReadKey(intercept: true))
        {
            if (key.Key == ConsoleKey.Backspace && typed.Length > 0)
                typed.Length--;
            else if (key.KeyChar >= ' ')
                typed.Append(key.KeyChar);
        }
        error.WriteLine();
        if (typed.Length == 0)
            throw new VaultFault("the value is empty");
        var value = Encoding.UTF8.GetBytes(typed.ToString());
        typed.Clear();
        return value;
    }
}
