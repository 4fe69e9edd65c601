namespace Sento.Base;

/// <summary>
/// Hostile or broken bytes from a client or a server. Caught once per session or connection.
/// </summary>
/// <param name="message">What was wrong, without any value taken from the bytes themselves.</param>
public sealed class ProtocolViolation(string message) : Exception(message);
