using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Sento.Base;

/// <summary>Assertions that stay on in release. A broken one is our bug, never the client's.</summary>
/// <remarks>
/// Whoever runs a session or a loop catches <see cref="InvariantBroken"/> at its edge: a broken session ends
/// and takes its server connection with it.
/// </remarks>
public static class Invariant
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Holds(
        [DoesNotReturnIf(false)] bool condition,
        [CallerArgumentExpression(nameof(condition))] string? what = null)
    {
        if (!condition)
            Break(what);
    }

    [DoesNotReturn]
    private static void Break(string? what) => throw new InvariantBroken(what ?? "unnamed invariant");
}

/// <summary>Thrown by <see cref="Invariant.Holds"/>: state that must never exist does.</summary>
public sealed class InvariantBroken(string what) : Exception($"Invariant broken: {what}");
