using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Sento.Base;
using Sento.Vault;

namespace Sento.ControlPlane.Secrets;

/// <summary>
/// A secret's JSON as databases' secrets have it: whose password, where. Wiped when disposed.
/// </summary>
public sealed class DatabaseSecret : IDisposable
{
    private const int JsonDepthMax = 8;

    private DatabaseSecret(SecretBytes password) => Password = password;

    public string UserName { get; private init; } = "";

    public SecretBytes Password { get; }

    /// <summary>postgres, mysql or mariadb; null: not said.</summary>
    public string? Engine { get; private init; }

    public string? Host { get; private init; }

    /// <summary>Null: not said, or no port.</summary>
    public int? Port { get; private init; }

    /// <summary>What stands there for a port is none: 1 to 65,535 are.</summary>
    public bool HasWrongPort { get; private init; }

    public string? Database { get; private init; }

    /// <summary>The secret of the user who may change others; for alternating users.</summary>
    public string? MasterArn { get; private init; }

    /// <summary>True: TLS only; null: TLS if the server has it.</summary>
    public bool? IsTls { get; private init; }

    /// <summary>Null: it is not such a JSON; nothing of it is shown.</summary>
    public static DatabaseSecret? Read(SecretValue value)
    {
        if (!value.IsText)
            return null;
        try
        {
            using var document = JsonDocument.Parse(
                value.Bytes.Span.ToArray(), new JsonDocumentOptions { MaxDepth = JsonDepthMax });
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || Text(root, "username") is not { Length: > 0 } user
                || !root.TryGetProperty("password", out var password)
                || password.ValueKind != JsonValueKind.String)
                return null;
            var (engine, host, port) = (Text(root, "engine"), Text(root, "host"), Text(root, "port"));
            var (database, masterArn) = (Text(root, "dbname"), Text(root, "masterarn"));
            bool? isTls = bool.TryParse(Text(root, "ssl"), out var given) ? given : null;
            return new DatabaseSecret(Bytes(password))
            {
                UserName = user,
                Engine = engine,
                Host = host,
                Port = PortOf(port),
                HasWrongPort = port is { Length: > 0 } && PortOf(port) is null,
                Database = database,
                MasterArn = masterArn,
                IsTls = isTls,
            };
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // The latter: half a surrogate pair or broken UTF-8 passes for JSON until it is read as text.
            return null;
        }
    }

    /// <summary>
    /// The master's login, to work for the other of the same server: in the other's database unless it names
    /// one, and as safely as the stricter of both wants.
    /// </summary>
    public static DatabaseSecret AsMaster(DatabaseSecret master, DatabaseSecret other) =>
        new(new SecretBytes(master.Password.Span))
        {
            UserName = master.UserName,
            Engine = master.Engine,
            Host = master.Host,
            Port = master.Port,
            Database = master.Database ?? other.Database,
            IsTls = (master.IsTls, other.IsTls) switch
            {
                (true, _) or (_, true) => true,
                (false, false) => false,
                _ => null,
            },
        };

    /// <summary>The same JSON with another user name and password; all else is kept as it stands.</summary>
    public static SecretValue Replace(SecretValue value, string userName, SecretBytes password)
    {
        using var document = JsonDocument.Parse(value.Bytes.Span.ToArray());
        using var buffer = new Api.WipingBuffer();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var member in document.RootElement.EnumerateObject())
            {
                if (member.NameEquals("password"))
                    json.WriteString("password", password.Span);
                else if (member.NameEquals("username"))
                    json.WriteString("username", userName);
                else
                    member.WriteTo(json);
            }
            json.WriteEndObject();
        }
        var bytes = buffer.ToArray();
        var replaced = new SecretValue(isText: true, new SecretBytes(bytes));
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(bytes);
        return replaced;
    }

    public void Dispose() => Password.Dispose();

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
            ? value.ToString()
            : null;

    private static int? PortOf(string? text) =>
        int.TryParse(text, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= ushort.MaxValue
            ? port
            : null;

    private static SecretBytes Bytes(JsonElement element)
    {
        var raw = JsonMarshal.GetRawUtf8Value(element);
        var buffer = new byte[raw.Length];
        try
        {
            var reader = new Utf8JsonReader(raw);
            reader.Read();
            var length = reader.CopyString(buffer);
            return new SecretBytes(buffer.AsSpan(0, length));
        }
        finally
        {
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(buffer);
        }
    }
}
