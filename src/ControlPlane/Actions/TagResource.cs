using Sento.ControlPlane.Api;
using Sento.ControlPlane.Secrets;

namespace Sento.ControlPlane.Actions;

/// <summary>Adds tags, or gives those that are there new values.</summary>
internal static class TagResource
{
    public static void Run(SecretsCall call)
    {
        var tags = TagRules.Read(call.Input) ?? throw Parameters.Missing("Tags");
        TagRules.Tell(call, tags);
        var record = call.Secret();
        call.Changes.Put(record with { Tags = TagRules.Add(record.Tags ?? [], tags) });
    }
}
