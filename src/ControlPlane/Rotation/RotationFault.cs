using Sento.Vault;

namespace Sento.ControlPlane.Rotation;

/// <summary>
/// A step of a rotation has failed; the secret works as before. Says why, without a secret.
/// </summary>
public sealed class RotationFault(string message) : Exception(message), IOwnWords;
