using Sento.Base;

namespace Sento.DataPlane.Session;

/// <summary>
/// Why a session ends, in words for its client: what happened, which setting, what to do next.
/// </summary>
/// <param name="Message">One sentence; names the setting and its value where a bound was met.</param>
/// <param name="Hint">The next step; null: none.</param>
public readonly record struct Goodbye(EndReason Reason, string Message, string? Hint = null);
