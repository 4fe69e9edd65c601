namespace Sento.Tests.Support.Processes;

/// <summary>Which AWS CLI.</summary>
public enum AwsCliKind
{
    /// <summary>The one of this machine's Debian, years old.</summary>
    Distribution,

    /// <summary>Of Debian's newest suite, unpacked beside the system.</summary>
    Current,
}
