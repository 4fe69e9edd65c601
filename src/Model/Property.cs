using System.Collections.Immutable;

namespace Sento.Model;

/// <summary>Whose name and meaning a property has.</summary>
public enum PropertyOrigin
{
    /// <summary>CloudFormation's, with RDS's default and range.</summary>
    Rds,

    /// <summary>Sento's own.</summary>
    Own,

    /// <summary>CloudFormation's; accepted, but it means nothing outside AWS.</summary>
    Unused,
}

/// <summary>What stands behind a property's name in a file.</summary>
public enum PropertyShape { Text, List, Section, SectionList }

/// <summary>
/// One property of a configuration record: its name, how its text is read, what is allowed, how it is shown.
/// </summary>
/// <remarks>
/// The one place where a property is described: reader, validator, diff, command line and reference
/// documentation all go through it. The default is what the record itself has.
/// </remarks>
public sealed class Property<TRecord>
{
    public required string Name { get; init; }

    public required PropertyOrigin Origin { get; init; }

    public PropertyShape Shape { get; init; }

    /// <summary>The kind of value, in words.</summary>
    public required string Type { get; init; }

    /// <summary>What is allowed, in words; empty: anything of the type.</summary>
    public string Range { get; init; } = "";

    public required string Meaning { get; init; }

    public bool IsRequired { get; init; }

    /// <summary>The path of a file that must exist; relative to the configuration's own folder.</summary>
    public bool IsFile { get; init; }

    /// <summary>Reads the property's text into the record. Text and List shapes only.</summary>
    public Func<TRecord, ImmutableArray<string>, Reading<TRecord>> Read { get; init; } =
        (record, _) => new Reading<TRecord>(record, null);

    /// <summary>The value as text, as it would stand in a file; null: not set. Never a secret.</summary>
    public Func<TRecord, string?> Show { get; init; } = _ => null;

    /// <summary>What is wrong with the value; null: nothing.</summary>
    public Func<TRecord, string?> Check { get; init; } = _ => null;
}

/// <summary>The record with the value in it, or what is wrong with the text.</summary>
public readonly record struct Reading<TRecord>(TRecord Record, string? Fault);
