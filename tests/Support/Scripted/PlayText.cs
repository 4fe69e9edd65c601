namespace Sento.Tests.Support.Scripted;

/// <summary>What plays that run directly and through the proxy have in common: their words.</summary>
public static class PlayText
{
    /// <summary>The first line that differs, with what both heard before it.</summary>
    public static string Difference(string direct, string heard)
    {
        var (there, here) = (direct.Split('\n'), heard.Split('\n'));
        var at = 0;
        while (at < there.Length && at < here.Length && there[at] == here[at])
            at++;
        return "The sides hear different things.\n" + string.Join('\n',
        [
            .. there.Take(at).TakeLast(12).Select(line => $"  both:          {line}"),
            .. there.Skip(at).Take(4).Select(line => $"  direct:        {line}"),
            .. here.Skip(at).Take(4).Select(line => $"  through Sento: {line}"),
        ]);
    }

    /// <summary>The configuration of a proxy for one play.</summary>
    /// <param name="family">EngineFamily.</param>
    /// <param name="users">Each has the password "secret"; the first name is the secret's.</param>
    /// <param name="targets">Elements of Targets, as YAML.</param>
    /// <param name="pool">Properties of ConnectionPoolConfigurationInfo, as YAML.</param>
    /// <param name="proxy">Properties of the proxy itself, as YAML.</param>
    /// <param name="endpoint">More properties of the endpoint, as YAML.</param>
    /// <param name="auth">Elements of Auth, as YAML.</param>
    public static string Configuration(
        string family, IEnumerable<(string Secret, string User)> users, string targets, string pool,
        string proxy, string endpoint, string auth) =>
        $$"""
        Admin: {Listen: "{admin}"}
        Secrets:
        {{string.Join('\n', users.Select(u => $"  {u.Secret}: {{username: {u.User}, password: secret}}"))}}
        Proxies:
          - DBProxyName: play
            EngineFamily: {{family}}
            {{proxy}}
            Auth: [{{auth}}]
            Endpoints: [{Listen: ["{listen}"] {{endpoint}}}]
            TargetGroup:
              Targets: [{{targets}}]
              ConnectionPoolConfigurationInfo: { {{pool}} }
        """;
}
