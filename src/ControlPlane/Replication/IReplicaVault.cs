namespace Sento.ControlPlane.Replication;

/// <summary>A vault of another region: a folder here, or another node. Any thread.</summary>
public interface IReplicaVault : IDisposable
{
    /// <summary>Runs an operation of its API.</summary>
    /// <param name="operation">As <see cref="ReplicaMessage"/> has them.</param>
    /// <param name="body">JSON; may hold a value: the caller wipes it.</param>
    /// <returns>The answer's JSON, which holds no value.</returns>
    /// <exception cref="ReplicaFault">It can't be reached, or refuses.</exception>
    Task<byte[]> CallAsync(string operation, byte[] body, CancellationToken cancellation);
}

/// <summary>A copy can't be had; says why, without a secret.</summary>
/// <param name="code">The API's code; empty: it did not answer.</param>
public sealed class ReplicaFault(string code, string message) : Exception(message)
{
    public string Code { get; } = code;
}
