using Sento.Base;

namespace Sento.Model;

/// <summary>User name and password as they stood when the configuration was read.</summary>
public sealed record SecretConfig(string Name, string UserName, SecretBytes Password)
{
    // A configuration read again makes new secret objects: what counts is whether the bytes are the same.
    public bool Equals(SecretConfig? other) =>
        other is not null && Name == other.Name && UserName == other.UserName
        && Password.FixedTimeEquals(other.Password.Span);

    public override int GetHashCode() => HashCode.Combine(Name, UserName);
}
