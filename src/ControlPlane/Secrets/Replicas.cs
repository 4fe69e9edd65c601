using Sento.ControlPlane.Api;

namespace Sento.ControlPlane.Secrets;

/// <summary>
/// Copies in other regions, which this vault does not keep: asked for, they are refused aloud.
/// </summary>
internal static class Replicas
{
    public static void Refuse(Parameters input)
    {
        if (input.Items("AddReplicaRegions", 50) is { IsEmpty: false })
            throw Refusal();
    }

    public static ApiFault Refusal() => ApiFault.InvalidParameter(
        "This vault has one region and keeps no replicas in others. Leave AddReplicaRegions out.");
}
