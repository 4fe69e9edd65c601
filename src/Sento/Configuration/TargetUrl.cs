using System.Collections.Immutable;
using System.Globalization;
using Sento.Model;

namespace Sento.Host.Configuration;

/// <summary>
/// A connection URL as libpq reads it: postgresql://user:password@host:port,host:port/database?name=value;
/// the same with mysql:// or mariadb:// in front.
/// </summary>
/// <remarks>PostgreSQL 18, libpq, Connection URIs. Faults never quote the part before the @.</remarks>
internal sealed record TargetUrl
{
    public EngineFamily Engine { get; init; }

    public string? User { get; init; }

    /// <summary>As it stands in the URL: it may say where the password is to be read.</summary>
    public string? Password { get; init; }

    public string? Database { get; init; }

    public TimeSpan? ConnectTimeout { get; init; }

    public ImmutableArray<TargetConfig> Targets { get; init; } = [];

    /// <summary>Reads the URL, or says all that is wrong with it.</summary>
    public static TargetUrl Parse(string text, ImmutableArray<Fault>.Builder faults)
    {
        var reader = new TargetUrlReader(faults);
        return reader.Read(text);
    }

    /// <summary>Port, or a fault.</summary>
    public static bool TryParsePort(string text, EngineFamily engine, out int port)
    {
        port = TargetProperties.PortOf(engine);
        return text.Length == 0
            || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port)
                && port is > 0 and <= ushort.MaxValue);
    }
}
