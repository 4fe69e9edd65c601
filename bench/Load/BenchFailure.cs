namespace Sento.Load;

/// <summary>
/// The bench cannot go on, or one of its runs is void. The message is for the person who ran it.
/// </summary>
internal sealed class BenchFailure(string message) : Exception(message);
