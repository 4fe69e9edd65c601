using System.Collections.Immutable;

namespace Sento.Model;

/// <summary>Whether each region is said in one way, and reached in a safe one.</summary>
internal static class ReplicaRules
{
    public static void Check(ImmutableArray<ReplicaConfig> replicas, ImmutableArray<Fault>.Builder faults)
    {
        const string path = "Vault.Replicas";
        SnapshotValidator.CheckUnique(
            replicas.Select((replica, i) => (replica.Region, $"{path}[{i}].Region")), "replica", faults);
        for (var i = 0; i < replicas.Length; i++)
            Check(replicas[i], $"{path}[{i}]", faults);
    }

    private static void Check(ReplicaConfig replica, string path, ImmutableArray<Fault>.Builder faults)
    {
        if (replica.Folder is null == replica.Url is null)
            faults.Add(new Fault(path, "either Folder or Url says where the region's vault is"));
        if (replica.Folder is not null && (replica.AccessKeyId ?? replica.Url) is not null)
            faults.Add(new Fault($"{path}.AccessKeyId", "is for Url: a folder is opened by its KeyRing"));
        if (replica.Url is null)
            return;
        if (!Uri.TryCreate(replica.Url, UriKind.Absolute, out var url) || url.PathAndQuery != "/"
            || url.UserInfo.Length > 0 || url.Scheme is not ("https" or "http"))
            faults.Add(new Fault($"{path}.Url", "is not an address such as https://vault.example.com"));
        else if (url.Scheme == "http" && !url.IsLoopback)
            faults.Add(new Fault($"{path}.Url", "would carry secrets in clear: http is for loopback only"));
        if (replica.AccessKeyId is null || replica.SecretAccessKey is null)
            faults.Add(new Fault(
                $"{path}.AccessKeyId", "Url needs AccessKeyId and SecretAccessKey, of a user of that vault"));
    }
}
