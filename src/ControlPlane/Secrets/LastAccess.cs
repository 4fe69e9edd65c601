using Sento.Vault;

namespace Sento.ControlPlane.Secrets;

/// <summary>When a secret was read last: by the day, as AWS, so that reading seldom means writing.</summary>
internal static class LastAccess
{
    public static void Note(SecretVault vault, SecretRecord record, SecretVersion version, DateTimeOffset now)
    {
        var today = new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero);
        if (record.LastAccessedDate == today && version.LastAccessedDate == today)
            return;
        vault.Write(writer =>
        {
            // As it stands now: another caller may have changed it since.
            if (vault.Find(record.Arn) is { } current && current.Find(version.Id) is { } read)
                writer.Put(
                    current.With(read with { LastAccessedDate = today }) with { LastAccessedDate = today });
            return 0;
        });
    }
}
