using System.Collections.Immutable;
using System.Globalization;

namespace Sento.Identity.DbAuth;

/// <summary>What a token must have been made for: one endpoint of one proxy. Immutable.</summary>
public sealed record DbAuthTerms
{
    public required string Region { get; init; }

    /// <summary>Twelve digits.</summary>
    public required string Account { get; init; }

    /// <summary><c>prx-…</c>: what policies name.</summary>
    public required string ResourceId { get; init; }

    /// <summary>The names and ports that clients know this endpoint by.</summary>
    public required ImmutableArray<HostAndPort> Hosts { get; init; }

    /// <summary>Tokens for any host are taken: for a developer's machine only.</summary>
    public bool TakesAnyHost { get; init; }

    /// <summary>The resource of rds-db:connect.</summary>
    public string ResourceOf(string dbUser) => ResourceOf(Region, Account, ResourceId, dbUser);

    /// <summary>The same where nothing else is asked.</summary>
    public static string ResourceOf(string region, string account, string resourceId, string dbUser) =>
        $"arn:aws:rds-db:{region}:{account}:dbuser:{resourceId}/{dbUser}";
}

/// <summary>A host name or address without brackets, and a port.</summary>
public readonly record struct HostAndPort(string Host, int Port)
{
    private const int HttpsPort = 443;

    /// <summary>Of <c>host:port</c>, <c>[v6]:port</c> or a host alone, which means port 443.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out HostAndPort parsed)
    {
        parsed = default;
        var port = HttpsPort;
        var colon = text.LastIndexOf(':');
        var isBracketed = text.Length > 0 && text[0] == '[';
        if (colon >= 0 && (!isBracketed || text[colon - 1] == ']'))
        {
            var digits = text[(colon + 1)..];
            if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out port)
                || port is < 1 or > 65_535 || digits[0] == '0')
                return false;
            text = text[..colon];
        }
        if (isBracketed)
        {
            if (text.Length < 3 || text[^1] != ']')
                return false;
            text = text[1..^1];
        }
        if (text.IsEmpty || text.ContainsAny('[', ']') || (!isBracketed && text.Contains(':')))
            return false;
        parsed = new HostAndPort(text.ToString(), port);
        return true;
    }

    public bool IsHost(string host) => string.Equals(Host, host, StringComparison.OrdinalIgnoreCase);
}
