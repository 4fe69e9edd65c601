namespace Sento.Host.Demo;

/// <summary>A step of the demonstration that could not be done; says what to do about it.</summary>
internal sealed class DemoFault(string message) : Exception(message);
