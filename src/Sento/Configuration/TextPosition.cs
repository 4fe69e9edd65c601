namespace Sento.Host.Configuration;

/// <summary>A place in a file; both numbers count from 1. Zero: the file as a whole.</summary>
public readonly record struct TextPosition(int Line, int Column);
