using System.Collections.Immutable;

namespace Sento.Model;

/// <summary>Somebody whose web identity tokens are trusted: an OpenID Connect provider.</summary>
public sealed record IssuerConfig
{
    /// <summary>As tokens say it, letter by letter.</summary>
    public required string Issuer { get; init; }

    /// <summary>Whom tokens must be made for: one of these.</summary>
    public ImmutableArray<string> Audiences { get; init; } = [];

    /// <summary>Where the keys are; null: where the issuer's own discovery document says.</summary>
    public string? JwksUri { get; init; }

    /// <summary>The keys themselves, where nobody is to be asked; null: somebody is.</summary>
    public string? JwksFile { get; init; }

    /// <summary>PEM file of authorities for the issuer's certificate; null: the system's.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>What to show when keys are asked for, as Kubernetes wants it; null: nothing.</summary>
    public string? BearerTokenFile { get; init; }

    /// <summary>
    /// Whose tokens sign in as whom; none: they are good for AssumeRoleWithWebIdentity alone.
    /// </summary>
    public ImmutableArray<ClaimedUserConfig> Users { get; init; } = [];

    public bool IsSame(IssuerConfig other) => Audiences.SequenceEqual(other.Audiences)
        && Users.Length == other.Users.Length
        && Users.Zip(other.Users).All(pair => pair.First.UserName == pair.Second.UserName
            && pair.First.Claims.SequenceEqual(pair.Second.Claims))
        && this == other with { Audiences = Audiences, Users = Users };
}

/// <summary>A user, and the claims that a token must have to be this user's.</summary>
public sealed record ClaimedUserConfig
{
    public required string UserName { get; init; }

    /// <summary>NAME=PATTERN, all of them.</summary>
    public ImmutableArray<string> Claims { get; init; } = [];
}

/// <summary>
/// Identities of AWS's own: who proves by a presigned GetCallerIdentity whom AWS takes them for.
/// </summary>
public sealed record AwsCallersConfig
{
    /// <summary>What the request must be made for, in its signed header x-k8s-aws-id.</summary>
    public required string ServerId { get; init; }

    /// <summary>The regions whose STS is asked.</summary>
    public ImmutableArray<string> Regions { get; init; } = [];

    public ImmutableArray<AwsCallerConfig> Users { get; init; } = [];

    public bool IsSame(AwsCallersConfig other) => Regions.SequenceEqual(other.Regions)
        && Users.SequenceEqual(other.Users) && ServerId == other.ServerId;
}

/// <param name="Arn">Of the caller's user or role, with * and ?.</param>
public sealed record AwsCallerConfig(string UserName, string Arn);
