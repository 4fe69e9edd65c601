using System.Net;
using Sento.ControlPlane.Api;

namespace Sento.ControlPlane.Query;

/// <summary>What all operations of IAM have in common.</summary>
internal static class Iam
{
    private const string XmlNamespace = "https://iam.amazonaws.com/doc/2010-05-08/";

    /// <param name="resourceOf">The ARN that policies must allow it on.</param>
    public static QueryOperation On(
        string name, Func<QueryCall, string> resourceOf, Action<QueryCall, QueryAnswer> run) =>
        new(name, "iam", XmlNamespace, call => (resourceOf(call), null), run);

    /// <summary>All there are: no answer is cut.</summary>
    public static void ListAll<T>(
        this QueryAnswer output, string name, IEnumerable<T> items, Action<T> write)
    {
        output.Text("IsTruncated", "false");
        output.List(name, items, write);
    }

    public static ApiFault NoSuch(string message) =>
        new("NoSuchEntity", message, (int)HttpStatusCode.NotFound);

    public static ApiFault Exists(string message) =>
        new("EntityAlreadyExists", message, (int)HttpStatusCode.Conflict);

    public static ApiFault Conflict(string message) =>
        new("DeleteConflict", message, (int)HttpStatusCode.Conflict);
}
