using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using Sento.Identity.Principals;

namespace Sento.Identity.Policies;

/// <summary>
/// What is known of a request beyond its action and resource: condition keys and their values. Keys compare
/// without regard to case, as at AWS. Filled by one thread, then only read.
/// </summary>
public sealed class ConditionValues
{
    private readonly Dictionary<string, ImmutableArray<string>> _values =
        new(StringComparer.OrdinalIgnoreCase);

    public ConditionValues Set(string key, params ImmutableArray<string> values)
    {
        _values[key] = values;
        return this;
    }

    public ConditionValues SetUnlessNull(string key, string? value) => value is null ? this : Set(key, value);

    /// <summary>The global keys that every request has.</summary>
    /// <param name="source">Null: not known, or from a Unix socket.</param>
    public static ConditionValues Of(
        Principal principal, DateTimeOffset now, IPAddress? source, bool isTls, string region)
    {
        var values = new ConditionValues()
            .Set("aws:CurrentTime", now.UtcDateTime.ToString(
                "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture))
            .Set("aws:EpochTime", now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture))
            .Set("aws:SecureTransport", isTls ? "true" : "false")
            .Set("aws:RequestedRegion", region)
            .Set("aws:PrincipalArn", principal.RoleArn ?? principal.Arn)
            .Set("aws:PrincipalAccount", principal.Account)
            .Set("aws:PrincipalType", principal.Kind.ToString())
            .Set("aws:userid", principal.UniqueId)
            .SetUnlessNull("aws:username", principal.UserName);
        if (source is not null)
            values.Set("aws:SourceIp", Show(source));
        if (principal.TokenIssuedAt is { } issued)
        {
            values.Set(
                "aws:TokenIssueTime",
                issued.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        }
        foreach (var (name, value) in principal.Tags)
            values.Set("aws:PrincipalTag/" + name, value);
        return values;
    }

    internal bool TryGet(string key, out ImmutableArray<string> values) =>
        _values.TryGetValue(key, out values);

    /// <summary>For a policy variable: only a key with exactly one value stands for a text.</summary>
    internal bool TryGetSingle(string key, [NotNullWhen(true)] out string? value)
    {
        value = _values.TryGetValue(key, out var values) && values.Length == 1 ? values[0] : null;
        return value is not null;
    }

    private static string Show(IPAddress address) =>
        (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
}
