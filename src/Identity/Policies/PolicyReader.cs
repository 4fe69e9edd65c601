using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace Sento.Identity.Policies;

/// <summary>Reads one policy: strict, bounded, with all faults at once.</summary>
/// <remarks>
/// Strict because a policy that is read otherwise than it was meant is a hole: an unknown element, a name
/// in other case or one that comes twice is a fault, never ignored. IAM JSON policy elements reference.
/// </remarks>
internal sealed class PolicyReader(string json, PolicyUse use)
{
    private const string CurrentVersion = "2012-10-17";

    private readonly ImmutableArray<PolicyFault>.Builder _faults =
        ImmutableArray.CreateBuilder<PolicyFault>();
    private bool _hasVariables;

    public PolicyReading Read()
    {
        if (json.Length > IdentityLimits.PolicyBytesMax
            || Encoding.UTF8.GetByteCount(json) > IdentityLimits.PolicyBytesMax)
            return Fault("", $"is longer than {IdentityLimits.PolicyBytesMax} bytes");
        try
        {
            using var document = JsonDocument.Parse(
                json, new JsonDocumentOptions { MaxDepth = IdentityLimits.PolicyDepthMax });
            var statements = ReadDocument(document.RootElement);
            return _faults.Count > 0
                ? new PolicyReading(null, _faults.ToImmutable())
                : new PolicyReading(new PolicyDocument(json, statements), []);
        }
        catch (JsonException error)
        {
            return Fault(
                "", $"is not JSON: line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}");
        }
    }

    private PolicyReading Fault(string path, string message)
    {
        Add(path, message);
        return new PolicyReading(null, _faults.ToImmutable());
    }

    private void Add(string path, string message)
    {
        if (_faults.Count < IdentityLimits.PolicyFaultsMax)
            _faults.Add(new PolicyFault(path, message));
    }

    private ImmutableArray<Statement> ReadDocument(JsonElement root)
    {
        if (Members(root, "", ["Version", "Id", "Statement"]) is not { } members)
            return [];
        if (members.TryGetValue("Version", out var version))
        {
            var text = ReadText(version, "Version");
            _hasVariables = text == CurrentVersion;
            if (text is not (null or CurrentVersion or "2008-10-17"))
                Add("Version", $"\"{text}\" is not one of {CurrentVersion}, 2008-10-17");
        }
        if (members.TryGetValue("Id", out var id))
            ReadText(id, "Id");
        if (!members.TryGetValue("Statement", out var statement))
        {
            Add("Statement", "is missing");
            return [];
        }
        return ReadStatements(statement);
    }

    private ImmutableArray<Statement> ReadStatements(JsonElement element)
    {
        var isList = element.ValueKind == JsonValueKind.Array;
        var count = isList ? element.GetArrayLength() : 1;
        if (count is 0 or > IdentityLimits.PolicyStatementsMax)
        {
            Add("Statement", $"has {count} statements; allowed: 1 to {IdentityLimits.PolicyStatementsMax}");
            return [];
        }
        var sids = new HashSet<string>(StringComparer.Ordinal);
        var statements = ImmutableArray.CreateBuilder<Statement>(count);
        for (var i = 0; i < count; i++)
        {
            var path = isList ? $"Statement[{i}]" : "Statement";
            if (ReadStatement(isList ? element[i] : element, path) is not { } statement)
                continue;
            if (statement.Sid is { Length: > 0 } sid && !sids.Add(sid))
                Add($"{path}.Sid", $"\"{sid}\" stands twice");
            statements.Add(statement);
        }
        return statements.ToImmutable();
    }

    private Statement? ReadStatement(JsonElement element, string path)
    {
        string[] known =
        [
            "Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal",
            "Condition",
        ];
        if (Members(element, path, known) is not { } members)
            return null;
        var sid = members.TryGetValue("Sid", out var sidElement) ? ReadSid(sidElement, $"{path}.Sid") : null;
        var effect = ReadEffect(members, path);
        var actionName = OneOf(members, path, "Action", "NotAction");
        var actions = actionName is null ? [] : ReadActions(members[actionName], $"{path}.{actionName}");
        string? resourceName = null, principalName = null;
        if (use == PolicyUse.Trust)
            Forbid(members, path, "Resource", "NotResource", "a trust policy speaks of its own role");
        else
            resourceName = OneOf(members, path, "Resource", "NotResource");
        if (use == PolicyUse.Identity)
            Forbid(members, path, "Principal", "NotPrincipal",
                "an identity policy speaks of whom it is attached to");
        else
            principalName = OneOf(members, path, "Principal", "NotPrincipal");
        return new Statement
        {
            Sid = sid,
            Effect = effect,
            Actions = actions,
            ActionsAreExcluded = actionName == "NotAction",
            Resources =
                resourceName is null ? [] : ReadResources(members[resourceName], $"{path}.{resourceName}"),
            ResourcesAreExcluded = resourceName == "NotResource",
            Principals = principalName is null
                ? null
                : new PrincipalSet(
                    ReadPrincipals(members[principalName], $"{path}.{principalName}"),
                    principalName == "NotPrincipal"),
            Conditions = members.TryGetValue("Condition", out var condition)
                ? ReadConditions(condition, $"{path}.Condition")
                : [],
        };
    }

    private string? ReadSid(JsonElement element, string path)
    {
        var sid = ReadText(element, path);
        // Secrets Manager and other resources take spaces; IAM does not.
        bool IsFit(char c) =>
            char.IsAsciiLetterOrDigit(c) || (use != PolicyUse.Identity && c is ' ' or '-' or '_');
        if (sid is not null && !sid.All(IsFit))
            Add(path, $"\"{sid}\" may have letters and digits only");
        return sid;
    }

    private Effect ReadEffect(Dictionary<string, JsonElement> members, string path)
    {
        if (!members.TryGetValue("Effect", out var element))
            Add($"{path}.Effect", "is missing; allowed: Allow, Deny");
        else if (ReadText(element, $"{path}.Effect") is { } text)
        {
            if (text == "Allow")
                return Effect.Allow;
            if (text != "Deny")
                Add($"{path}.Effect", $"\"{text}\" is not one of Allow, Deny");
        }
        return Effect.Deny;
    }

    private ImmutableArray<TextPattern> ReadActions(JsonElement element, string path)
    {
        var actions = ImmutableArray.CreateBuilder<TextPattern>();
        foreach (var (text, at) in ReadTexts(element, path))
        {
            if (!IsAction(text))
                Add(at, $"\"{text}\" is not an action; allowed: service:Name, wildcards in the name, or *");
            else if (TextPattern.TryParse(text, PatternSyntax.Wildcards, out var pattern, out _))
                actions.Add(pattern);
        }
        return actions.ToImmutable();
    }

    private static bool IsAction(string text)
    {
        if (text == "*")
            return true;
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 1 || colon == text.Length - 1)
            return false;
        var service = text[..colon];
        return (service == "*" || service.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
            && text[(colon + 1)..].All(c => char.IsAsciiLetterOrDigit(c) || c is '*' or '?' or '-' or '_');
    }

    private ImmutableArray<ArnPattern> ReadResources(JsonElement element, string path)
    {
        var resources = ImmutableArray.CreateBuilder<ArnPattern>();
        foreach (var (text, at) in ReadTexts(element, path))
        {
            if (!ArnPattern.TryParse(text, _hasVariables, out var pattern, out var fault))
                Add(at, fault);
            else if (pattern.HasWildcardService)
                Add(at, $"\"{text}\": the service of an ARN can't have wildcards");
            else
                resources.Add(pattern);
        }
        return resources.ToImmutable();
    }

    private ImmutableArray<PrincipalPattern> ReadPrincipals(JsonElement element, string path)
    {
        if (element.ValueKind == JsonValueKind.String && ReadText(element, path) is { } text)
        {
            if (text == "*")
                return [new PrincipalPattern(PrincipalForm.Anyone, text)];
            Add(path, $"\"{text}\" is not a principal; allowed: \"*\" or {{\"AWS\": …}}");
            return [];
        }
        var patterns = ImmutableArray.CreateBuilder<PrincipalPattern>();
        if (Members(element, path, ["AWS", "Service", "Federated", "CanonicalUser"]) is not { } members)
            return [];
        if (members.Count == 0)
            Add(path, "names nobody");
        foreach (var (kind, names) in members)
        {
            foreach (var (name, at) in ReadTexts(names, $"{path}.{kind}"))
            {
                if (ReadPrincipal(kind, name, at) is { } pattern)
                    patterns.Add(pattern);
            }
        }
        return patterns.ToImmutable();
    }

    private PrincipalPattern? ReadPrincipal(string kind, string name, string path)
    {
        switch (kind)
        {
            case "AWS" when PrincipalPattern.TryParseAws(name, out var pattern):
                return pattern;
            case "Service" when name.Contains('.', StringComparison.Ordinal):
                return new PrincipalPattern(PrincipalForm.Service, name);
            case "Federated":
                return new PrincipalPattern(PrincipalForm.Federated, name);
            default:
                Add(path, $"\"{name}\" is not a principal; allowed: *, an account's number, "
                    + "the ARN of a user, role or session without wildcards");
                return null;
        }
    }

    private ImmutableArray<Condition> ReadConditions(JsonElement element, string path)
    {
        if (Members(element, path, null) is not { } operators)
            return [];
        var conditions = ImmutableArray.CreateBuilder<Condition>();
        foreach (var (name, keys) in operators)
        {
            if (!ConditionOperator.TryParse(name, out var by))
            {
                Add($"{path}.{Shown(name)}", "is not a condition operator");
                continue;
            }
            if (Members(keys, $"{path}.{name}", null, ignoresCase: true) is not { } members)
                continue;
            if (members.Count == 0)
                Add($"{path}.{name}", "has no condition key");
            foreach (var (key, values) in members)
            {
                var at = $"{path}.{name}.{Shown(key)}";
                if (!key.Contains(':', StringComparison.Ordinal) || key.Length > 512)
                    Add(at, "is not a condition key, such as aws:SourceIp");
                else
                    conditions.Add(new Condition(name, by, key, ReadComparands(by, values, at)));
            }
        }
        return conditions.ToImmutable();
    }

    private ImmutableArray<Comparand> ReadComparands(ConditionOperator by, JsonElement element, string path)
    {
        var comparands = ImmutableArray.CreateBuilder<Comparand>();
        foreach (var (text, at) in ReadTexts(element, path, takesScalars: true))
        {
            if (Comparand.Parse(by, text, _hasVariables, out var fault) is { } comparand)
                comparands.Add(comparand);
            else
                Add(at, fault);
        }
        return comparands.ToImmutable();
    }

    /// <summary>The members of an object by name; faults for foreign names and repeated ones.</summary>
    /// <param name="known">Null: any name.</param>
    private Dictionary<string, JsonElement>? Members(
        JsonElement element, string path, string[]? known, bool ignoresCase = false)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            Add(path, "must be an object");
            return null;
        }
        var members = new Dictionary<string, JsonElement>(
            ignoresCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
        foreach (var member in element.EnumerateObject())
        {
            var name = NameOf(member);
            var at = path.Length == 0 ? Shown(name) : $"{path}.{Shown(name)}";
            if (known is not null && !known.Contains(name))
                Add(at, $"is not known here; allowed: {string.Join(", ", known)}");
            else if (!members.TryAdd(name, member.Value))
                Add(at, "stands twice");
        }
        return members;
    }

    private string? OneOf(Dictionary<string, JsonElement> members, string path, string name, string notName)
    {
        var (isThere, isNotThere) = (members.ContainsKey(name), members.ContainsKey(notName));
        if (isThere == isNotThere)
        {
            Add(path, isThere ? $"has both {name} and {notName}" : $"needs {name} or {notName}");
            return null;
        }
        return isThere ? name : notName;
    }

    private void Forbid(
        Dictionary<string, JsonElement> members, string path, string name, string notName, string why)
    {
        foreach (var unwanted in (ReadOnlySpan<string>)[name, notName])
        {
            if (members.ContainsKey(unwanted))
                Add($"{path}.{unwanted}", $"can't stand here: {why}");
        }
    }

    /// <summary>A text or a list of texts, each with its path.</summary>
    private List<(string Text, string Path)> ReadTexts(
        JsonElement element, string path, bool takesScalars = false)
    {
        var texts = new List<(string, string)>();
        if (element.ValueKind != JsonValueKind.Array)
        {
            if (ReadText(element, path, takesScalars) is { } text)
                texts.Add((text, path));
            return texts;
        }
        if (element.GetArrayLength() == 0)
            Add(path, "is an empty list");
        var index = 0;
        foreach (var item in element.EnumerateArray())
        {
            var at = $"{path}[{index++}]";
            if (ReadText(item, at, takesScalars) is { } text)
                texts.Add((text, at));
        }
        return texts;
    }

    private string? ReadText(JsonElement element, string path, bool takesScalars = false)
    {
        var text = element.ValueKind switch
        {
            JsonValueKind.String => TextOf(element),
            JsonValueKind.Number when takesScalars => element.GetRawText(),
            JsonValueKind.True when takesScalars => "true",
            JsonValueKind.False when takesScalars => "false",
            _ => null,
        };
        if (text is null)
            Add(path, "must be a text");
        else if (text.Length > IdentityLimits.PolicyTextCharactersMax)
            Add(path, $"is longer than {IdentityLimits.PolicyTextCharactersMax} characters");
        return text is { Length: <= IdentityLimits.PolicyTextCharactersMax } ? text : null;
    }

    /// <returns>Null: half a surrogate pair, which is no text.</returns>
    private static string? TextOf(JsonElement element)
    {
        try
        {
            return element.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static string NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return "";
        }
    }

    private static string Shown(string name) => name.Length <= 64 ? name : name[..64] + "…";
}
