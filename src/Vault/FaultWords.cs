namespace Sento.Vault;

/// <summary>A fault whose message is ours, and quotes no secret.</summary>
public interface IOwnWords;

/// <summary>What may be told of a failure where secrets are at hand.</summary>
public static class FaultWords
{
    /// <summary>The message if it is ours. Words of others may quote a secret: of those, the type.</summary>
    public static string Of(Exception error) => error is IOwnWords ? error.Message : error.GetType().Name;
}
