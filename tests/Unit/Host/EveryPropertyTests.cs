using System.Text;
using Sento.Host.Commands;
using Sento.Model;
using Xunit;

namespace Sento.Tests.Unit.Host;

/// <summary>
/// sento check: whatever property is wrong, its line is named, all of them at once, and no secret is shown.
/// </summary>
public sealed class EveryPropertyTests
{
    private readonly StringBuilder _text = new();
    private readonly List<(int Line, string Name)> _wrong = [];
    private int _line;

    [Fact]
    public void Each_property_of_each_section_is_faulted_at_its_own_line_in_one_go()
    {
        Say("Secrets: {app: {username: app, password: hunter2-app}}");
        Wrong(0, SnapshotProperties.All, ["Proxies", "Admin", "Secrets"]);
        Say("Admin:");
        Wrong(2, AdminProperties.All, []);
        Say("Proxies:");
        Say("  - Description: every property of a proxy");
        Wrong(4, ProxyProperties.All,
            ["Auth", "Endpoints", "TargetGroup", "Certificate", "AuthQuery", "Description"]);
        Section("Certificate", 4, CertificateProperties.All);
        Section("AuthQuery", 4, AuthQueryProperties.All);
        Say("    Auth:");
        Say("      -");
        Wrong(8, AuthProperties.All, []);
        Say("    Endpoints:");
        Say("      -");
        Wrong(8, EndpointProperties.All, []);
        Say("    TargetGroup:");
        Wrong(6, TargetGroupProperties.All, ["Targets", "ConnectionPoolConfigurationInfo"]);
        Section("ConnectionPoolConfigurationInfo", 6, PoolProperties.All);
        Say("      Targets:");
        Say("        -");
        Wrong(10, TargetProperties.All, ["ClientCertificate"]);
        Section("ClientCertificate", 10, CertificateProperties.All);

        var output = Check();
        foreach (var (line, name) in _wrong)
            Assert.True(output.Contains($":{line}:", StringComparison.Ordinal),
                $"Nothing of {name} in:\n{output}");
        Assert.True(_wrong.Count > 50, $"Only {_wrong.Count} properties were tried.");
    }

    [Fact]
    public void No_fault_shows_a_secret_wherever_it_stands()
    {
        Say("Secrets:");
        Say("  one: {username: app, password: hunter2-one, pasword: hunter2-two}");
        Say("  two: {password: hunter2-three, user: hunter2-four}");
        Say("  three: [hunter2-five]");
        Say("  four: hunter2-six");
        Say("  five: {username: app, password: {nested: hunter2-seven}}");
        Say("  six: {username: app, password: [hunter2-eight]}");
        Say("  seven: {username: app, password: \"file:/no/such/file\"}");
        Say("  eight: {username: app, password: \"env:SENTO_TEST_NOT_SET\"}");
        Say("Proxies: nothing");
        Assert.DoesNotContain("hunter2", Check(), StringComparison.Ordinal);
    }

    private void Say(string line)
    {
        _text.Append(line).Append('\n');
        _line++;
    }

    private void Section<T>(string name, int indent, IEnumerable<Property<T>> table)
    {
        Say($"{new string(' ', indent)}{name}:");
        Wrong(indent + 2, table, []);
    }

    /// <summary>One line for each property, with a value of a shape that it never takes.</summary>
    private void Wrong<T>(int indent, IEnumerable<Property<T>> table, string[] besides)
    {
        foreach (var property in table)
        {
            if (besides.Contains(property.Name) || property.Origin == PropertyOrigin.Unused)
                continue;
            Say($"{new string(' ', indent)}{property.Name}: {{neither: this}}");
            _wrong.Add((_line, property.Name));
        }
    }

    private string Check()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "sento.yaml");
        File.WriteAllText(file, _text.ToString());
        var output = new StringWriter();
        Assert.Equal(ExitCode.Fault, CheckCommand.Check(file, output));
        return output.ToString();
    }
}
