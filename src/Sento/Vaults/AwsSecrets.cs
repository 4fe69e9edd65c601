using System.Security.Cryptography;
using System.Text.Json;
using Sento.ControlPlane.Secrets;
using Sento.Host.Aws;
using Sento.Model;

namespace Sento.Host.Vaults;

/// <summary>Secrets of AWS's own Secrets Manager: one call for each reading. Any thread.</summary>
/// <param name="roleArn">The role to read them as; null: as whoever we are.</param>
internal sealed class AwsSecrets(AwsClient client, string? roleArn) : ISecretReader
{
    private const string Service = "secretsmanager";

    /// <param name="id">An ARN, whose region is asked; or a name in the region of the environment.</param>
    public async Task<SecretConfig> ReadAsync(
        string id, string name, DateTimeOffset now, CancellationToken cancellation)
    {
        var address = AwsAddress.Of(id) ?? throw new SecretFault(
            "its region is not known: name it by its ARN, or set AWS_REGION");
        try
        {
            var answer = await client.AskAsync(
                address, Service, address.EndpointOf(Service, "SECRETS_MANAGER"),
                "secretsmanager.GetSecretValue",
                JsonSerializer.SerializeToUtf8Bytes(new { SecretId = id }), roleArn, cancellation);
            using var value = SecretAnswer.Read(answer);
            CryptographicOperations.ZeroMemory(answer);
            return SecretSources.Parse(
                value ?? throw new SecretFault("AWS's answer holds no value of a secret"), name);
        }
        catch (AwsFault fault)
        {
            throw new SecretFault(fault.Message);
        }
    }
}
