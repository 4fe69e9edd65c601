namespace Sento.Lab;

/// <summary>A step  that could not be done; says what to do about it.</summary>
public sealed class LabFault(string message) : Exception(message);
