using System.Collections.Immutable;

namespace Sento.ControlPlane.Rotation;

/// <summary>
/// What a RotationLambdaARN may name: a strategy that is built in, or a hook of the configuration. Any
/// thread.
/// </summary>
/// <param name="hooks">By name: where the Lambda event is posted to.</param>
public sealed class RotationFunctions(ImmutableDictionary<string, Uri> hooks)
{
    private volatile ImmutableDictionary<string, Uri> _hooks = hooks;

    public const string SingleUser = "SingleUser";
    public const string AlternatingUsers = "AlternatingUsers";
    internal const string Known = "names that end in SingleUser, AlternatingUsers or MultiUser, and "
        + "RotationHooks";

    public static RotationFunctions BuiltIn { get; } = new(ImmutableDictionary<string, Uri>.Empty);

    /// <summary>The configuration was read again.</summary>
    public void Apply(ImmutableDictionary<string, Uri> hooks) => _hooks = hooks;

    public bool Knows(string function) => Hook(function) is not null || Strategy(function) is not null;

    /// <summary>Null: not a hook of the configuration.</summary>
    public Uri? Hook(string function) => _hooks.GetValueOrDefault(NameOf(function));

    /// <summary>
    /// The strategy by the end of the name, so that the names of AWS's own functions work: null: none.
    /// </summary>
    public static string? Strategy(string function)
    {
        var name = NameOf(function);
        if (name.EndsWith(SingleUser, StringComparison.OrdinalIgnoreCase))
            return SingleUser;
        return name.EndsWith(AlternatingUsers, StringComparison.OrdinalIgnoreCase)
            || name.EndsWith("MultiUser", StringComparison.OrdinalIgnoreCase) ? AlternatingUsers : null;
    }

    /// <summary>The strategy, unless a hook has the name; null: none of ours.</summary>
    public string? BuiltInStrategy(string function) =>
        Hook(function) is null ? Strategy(function) : null;

    /// <summary>Of arn:aws:lambda:region:account:function:NAME[:alias]; of anything else, itself.</summary>
    private static string NameOf(string function) =>
        function.Split(':') is ["arn", _, "lambda", _, _, "function", { } name, ..] ? name : function;
}
