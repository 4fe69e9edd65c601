namespace Sento.Model;

public enum FaultSeverity { Fault, Note }

/// <summary>Something wrong in a configuration, or a note about something that may surprise.</summary>
/// <param name="Path">Where, for example <c>Proxies[0].Endpoints[1].Listen[0]</c>; empty: as a whole.</param>
/// <param name="Message">What is wrong and what is allowed; never a secret's value.</param>
public sealed record Fault(string Path, string Message, FaultSeverity Severity = FaultSeverity.Fault)
{
    public static Fault Note(string path, string message) => new(path, message, FaultSeverity.Note);
}
