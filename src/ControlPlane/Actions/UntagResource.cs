using Sento.ControlPlane.Api;

namespace Sento.ControlPlane.Actions;

/// <summary>Takes tags off by their keys.</summary>
internal static class UntagResource
{
    public static void Run(SecretsCall call)
    {
        var keys = call.Input.Texts("TagKeys", 200, 128) ?? throw Parameters.Missing("TagKeys");
        call.Tell("aws:TagKeys", keys);
        var record = call.Secret();
        if (record.Tags is { } tags)
            call.Changes.Put(record with { Tags = tags.RemoveAll(tag => keys.Contains(tag.Key)) });
    }
}
