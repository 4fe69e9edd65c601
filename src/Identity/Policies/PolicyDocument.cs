using System.Collections.Immutable;

namespace Sento.Identity.Policies;

/// <summary>Where a policy stands: that decides which elements it must and must not have.</summary>
public enum PolicyUse
{
    /// <summary>Attached to a user, a role or a session: no Principal.</summary>
    Identity,

    /// <summary>Attached to what is accessed: Principal and Resource.</summary>
    Resource,

    /// <summary>Says who may assume a role: Principal, no Resource.</summary>
    Trust,
}

/// <summary>An IAM JSON policy, read and checked. Immutable.</summary>
public sealed class PolicyDocument
{
    internal PolicyDocument(string text, ImmutableArray<Statement> statements)
    {
        Text = text;
        Statements = statements;
    }

    /// <summary>The JSON as it was given.</summary>
    public string Text { get; }

    public ImmutableArray<Statement> Statements { get; }

    /// <summary>Reads a policy; says everything that is wrong with it at once.</summary>
    public static PolicyReading Parse(string json, PolicyUse use) => new PolicyReader(json, use).Read();

    public override string ToString() => Text;
}

/// <param name="Path">Where: <c>Statement[1].Condition.IpAddress</c>; empty: as a whole.</param>
/// <param name="Message">What is wrong and what would be right.</param>
public sealed record PolicyFault(string Path, string Message)
{
    public override string ToString() => Path.Length == 0 ? Message : $"{Path}: {Message}";
}

/// <param name="Document">Null when there are faults.</param>
public sealed record PolicyReading(PolicyDocument? Document, ImmutableArray<PolicyFault> Faults);
