using System.Collections.Immutable;
using Sento.ControlPlane.Api;
using Sento.Vault;

namespace Sento.ControlPlane.Secrets;

/// <summary>Tags as they come in a request, and their limits. Pure.</summary>
internal static class TagRules
{
    private const int TagsMax = 50;

    /// <returns>Null: the request has none.</returns>
    public static ImmutableArray<SecretTag>? Read(Parameters input)
    {
        if (input.Items("Tags", 200) is not { } items)
            return null;
        var tags = ImmutableArray.CreateBuilder<SecretTag>();
        foreach (var item in items)
        {
            var tag = new SecretTag(item.Required("Key", 1, 128), item.Text("Value", 0, 256) ?? "");
            CheckKey(tag.Key);
            if (tags.Any(known => known.Key == tag.Key))
                throw ApiFault.InvalidParameter($"Tag key '{tag.Key}' is given more than once.");
            tags.Add(tag);
        }
        return tags.ToImmutable();
    }

    public static void CheckKey(string key)
    {
        if (key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase))
            throw ApiFault.InvalidParameter("Tag keys can't begin with aws:, which is reserved.");
    }

    /// <summary>New values for tags that are there, and the new ones behind them.</summary>
    public static ImmutableArray<SecretTag> Add(
        ImmutableArray<SecretTag> known, ImmutableArray<SecretTag> added)
    {
        var tags = known.ToBuilder();
        foreach (var tag in added)
        {
            var index = known.ToList().FindIndex(k => k.Key == tag.Key);
            if (index < 0) tags.Add(tag);
            else tags[index] = tag;
        }
        if (tags.Count > TagsMax)
            throw new ApiFault("LimitExceededException", $"A secret can have {TagsMax} tags at most.");
        return tags.ToImmutable();
    }

    /// <summary>What policies may ask of a request that sets tags.</summary>
    public static void Tell(SecretsCall call, ImmutableArray<SecretTag> tags)
    {
        foreach (var tag in tags)
            call.Tell($"aws:RequestTag/{tag.Key}", tag.Value);
        call.Tell("aws:TagKeys", [.. tags.Select(tag => tag.Key)]);
    }
}
