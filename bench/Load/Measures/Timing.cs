namespace Sento.Load.Measures;

/// <summary>How long one run takes: traffic that is not measured, then so much that is.</summary>
internal sealed record Timing(TimeSpan WarmUp, TimeSpan Measured);
