using Sento.ControlPlane.Api;
using Sento.Identity.Policies;

namespace Sento.ControlPlane.Secrets;

/// <summary>Resource policies as they come in. Pure.</summary>
internal static class ResourcePolicies
{
    public const int CharactersMax = 20_480;

    /// <exception cref="ApiFault">It is no policy, or lets everybody in where that is not
    /// allowed.</exception>
    public static PolicyDocument Check(string text, bool mayBePublic)
    {
        var reading = PolicyDocument.Parse(text, PolicyUse.Resource);
        if (reading.Document is not { } document)
            throw new ApiFault(
                "MalformedPolicyDocumentException",
                "This resource policy contains a syntax error. " + string.Join(" ", reading.Faults));
        if (!mayBePublic && PublicAccess.Find(document) is { } statement)
        {
            throw new ApiFault(
                "PublicPolicyException",
                "You can't attach this resource policy because it allows broad access to the secret: "
                + "statement "
                + $"{document.Statements.IndexOf(statement) + 1} allows everybody. Name principals, or add a "
                + "condition such as aws:PrincipalArn or aws:SourceIp; BlockPublicPolicy=false lifts this "
                + "check.");
        }
        return document;
    }
}
