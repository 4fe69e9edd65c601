using System.Collections.Concurrent;
using Sento.Base;
using Sento.Identity.DbAuth;
using Sento.Identity.Policies;
using Sento.Identity.Principals;

namespace Sento.Tests.Iam.Targets;

/// <summary>Lets in whom RDS would: whose token for this database is signed by a key that it knows.</summary>
internal sealed class RdsDoorkeeper
{
    public const string KeyId = "AKIATARGET0000000001";
    public const string Secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYTARGETSKEY";

    private readonly DbAuthVerifier _verifier;

    public RdsDoorkeeper()
    {
        var policy = PolicyDocument.Parse("""
            {"Statement":{"Effect":"Allow","Action":"rds-db:connect","Resource":
              ["arn:aws:rds-db:eu-central-1:123456789012:dbuser:db-TARGET/fn",
               "arn:aws:rds-db:eu-central-1:123456789012:dbuser:db-TARGET/barred"]}}
            """, PolicyUse.Identity).Document!;
        var principal = new Principal
        {
            Kind = PrincipalKind.User,
            Account = "123456789012",
            Arn = "arn:aws:iam::123456789012:user/sento",
            UniqueId = "AIDASENTO",
            UserName = "sento",
            Policies = [new AttachedPolicy("targets", policy)],
        };
        var key = new AccessKey(KeyId, SecretBytes.FromText(Secret), true, principal);
        _verifier = new DbAuthVerifier(
            new CredentialResolver(new MemoryIdentities([key]), SessionTokens.OfThisProcess()));
    }

    /// <summary>What it said of each token, oldest first.</summary>
    public ConcurrentQueue<(string User, DbAuthVerdict Verdict)> Book { get; } = new();

    /// <summary>Each token once.</summary>
    public ConcurrentDictionary<string, bool> Tokens { get; } = new();

    public bool LetsIn(string user, string token, int port)
    {
        var terms = new DbAuthTerms
        {
            Region = "eu-central-1",
            Account = "123456789012",
            ResourceId = "db-TARGET",
            Hosts = [new HostAndPort("127.0.0.1", port)],
        };
        var result = _verifier.Verify(token, user, terms, null, DateTimeOffset.UtcNow);
        Book.Enqueue((user, result.Verdict));
        Tokens[token] = result.IsGood;
        return result.IsGood;
    }
}
