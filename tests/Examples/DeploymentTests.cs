using System.Globalization;
using System.Text.RegularExpressions;
using Sento.Tests.Support;
using Sento.Tests.Support.Processes;
using YamlDotNet.RepresentationModel;

namespace Sento.Tests.Examples;

/// <summary>
/// The files that start Sento elsewhere, checked as far as one machine can without a container engine, a
/// cluster or systemd as its first process: they parse, say what they must, and their configurations are
/// good.
/// </summary>
public sealed partial class DeploymentTests
{
    private const double ExposureMax = 2.0;
    private const string UserId = "1654";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Unit_is_good_to_systemd_and_hardened()
    {
        var folder = RunFolder.Create("unit");
        var unit = Path.Combine(folder, "sento.service");
        // systemd looks whether the program is there.
        var text = await File.ReadAllTextAsync(SourceTree.At("examples", "systemd", "sento.service"));
        await File.WriteAllTextAsync(unit, text.Replace("/opt/sento/sento", "/bin/true"));

        var verified = await Run("systemd-analyze", "verify", "--man=no", unit);
        Assert.True(verified.ExitCode == 0, verified.Errors);
        Assert.DoesNotContain(unit, verified.Errors);
        Assert.DoesNotContain("sento.service", verified.Errors);

        var security = await Run("systemd-analyze", "security", "--offline=true", "--no-pager", unit);
        var exposure = Exposure().Match(security.Output).Groups[1].Value;
        Assert.InRange(double.Parse(exposure, CultureInfo.InvariantCulture), 0, ExposureMax);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Configuration_of_the_compose_file_is_good() =>
        await Check(await File.ReadAllTextAsync(SourceTree.At("examples", "compose", "sento.yaml")));

    [Fact]
    public async Task Configuration_in_the_manifest_is_good() =>
        await Check(Text(Manifest("ConfigMap"), "data", "sento.yaml"));

    [Fact]
    public void Compose_file_names_only_what_it_has()
    {
        var root = Documents("compose", "compose.yaml").Single();
        var services = Keys(root, "services");

        Assert.Equal(["database", "sento"], services);
        Assert.All(Keys(root, "services", "sento", "depends_on"), name => Assert.Contains(name, services));
        Assert.True(File.Exists(SourceTree.At("examples", "compose", "sento.yaml")));
        Assert.Equal("../..", Text(root, "services", "sento", "build", "context"));
        Assert.True(File.Exists(SourceTree.At(Text(root, "services", "sento", "build", "dockerfile"))));
        Assert.Equal("true", Text(root, "services", "sento", "read_only"));
        Assert.Equal("ALL", At(root, "services", "sento", "cap_drop")[0].ToString());
        Assert.Contains($"uid={UserId}", At(root, "services", "sento", "tmpfs")[0].ToString());
    }

    [Fact]
    public void Manifest_has_every_object_whole()
    {
        Dictionary<string, string> versions = new()
        {
            ["ConfigMap"] = "v1", ["Service"] = "v1", ["Deployment"] = "apps/v1",
            ["PodDisruptionBudget"] = "policy/v1", ["NetworkPolicy"] = "networking.k8s.io/v1",
        };
        foreach (var document in Documents("kubernetes", "sento.yaml"))
        {
            Assert.Equal(versions[Text(document, "kind")], Text(document, "apiVersion"));
            Assert.Equal("sento", Text(document, "metadata", "name"));
        }
        Assert.Equal(versions.Count, Documents("kubernetes", "sento.yaml").Count);
    }

    [Fact]
    public void Pods_of_the_manifest_are_those_that_service_budget_and_policy_mean()
    {
        const string label = "app.kubernetes.io/name";
        var pod = Text(Manifest("Deployment"), "spec", "template", "metadata", "labels", label);

        Assert.Equal(pod, Text(Manifest("Deployment"), "spec", "selector", "matchLabels", label));
        Assert.Equal(pod, Text(Manifest("Service"), "spec", "selector", label));
        Assert.Equal(pod, Text(Manifest("PodDisruptionBudget"), "spec", "selector", "matchLabels", label));
        Assert.Equal(pod, Text(Manifest("NetworkPolicy"), "spec", "podSelector", "matchLabels", label));
    }

    [Fact]
    public void Container_of_the_manifest_is_unprivileged_and_its_mounts_and_ports_exist()
    {
        var pod = At(Manifest("Deployment"), "spec", "template", "spec");
        var container = At(pod, "containers")[0];
        var volumes = Names(At(pod, "volumes"));
        var ports = Names(At(container, "ports"));

        Assert.Equal("true", Text(pod, "securityContext", "runAsNonRoot"));
        Assert.Equal(UserId, Text(pod, "securityContext", "runAsUser"));
        Assert.Equal("true", Text(container, "securityContext", "readOnlyRootFilesystem"));
        Assert.Equal("false", Text(container, "securityContext", "allowPrivilegeEscalation"));
        Assert.Equal("ALL", At(container, "securityContext", "capabilities", "drop")[0].ToString());
        Assert.Equal(volumes.Order(), Names(At(container, "volumeMounts")).Order());
        Assert.Contains(Text(container, "readinessProbe", "httpGet", "port"), ports);
        Assert.Contains(Text(container, "livenessProbe", "tcpSocket", "port"), ports);
        Assert.Contains(At(Manifest("Service"), "spec", "ports")[0]["targetPort"].ToString(), ports);
    }

    [Fact]
    public void Image_runs_as_an_unprivileged_user_without_a_shell()
    {
        var lines = File.ReadAllLines(SourceTree.At("examples", "docker", "Dockerfile"));
        var stages = lines.Where(line => line.StartsWith("FROM ", StringComparison.Ordinal)).ToList();

        Assert.Equal(2, stages.Count);
        Assert.Contains("chiseled", stages[^1]);
        Assert.Contains($"USER {UserId}", lines);
        Assert.Contains("ENTRYPOINT [\"/opt/sento/sento\"]", lines);
        string[] known =
            ["FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "EXPOSE", "ENTRYPOINT", "CMD", "#"];
        Assert.DoesNotContain(lines, line => line.Length > 0 && !known.Contains(line.Split(' ')[0]));
    }

    /// <summary>Says that a configuration is good; certificates that are not there yet are made.</summary>
    private static async Task Check(string configuration)
    {
        var folder = RunFolder.Create("configuration");
        using var authority = TestCertificate.Authority();
        using var certificate = authority.SignServer();
        var (file, key) = certificate.WriteTo(folder, "tls");
        var path = Path.Combine(folder, "sento.yaml");
        await File.WriteAllTextAsync(path, configuration
            .Replace("/etc/sento-tls/tls.crt", file).Replace("/etc/sento-tls/tls.key", key));
        var finished = await GuardedProcess.Run(
            new Recipe("dotnet", SourceTree.SentoProgram, "check", path)
            {
                Environment = new Dictionary<string, string?> { ["DB_PASSWORD"] = "secret" },
            },
            Patience);
        Assert.True(finished.ExitCode == 0, finished.Output + finished.Errors);
        Directory.Delete(folder, recursive: true);
    }

    private static Task<FinishedProcess> Run(string program, params string[] arguments) =>
        GuardedProcess.Run(new Recipe(program, arguments), Patience);

    private static IReadOnlyList<YamlNode> Documents(string folder, string file)
    {
        using var text = File.OpenText(SourceTree.At("examples", folder, file));
        var stream = new YamlStream();
        stream.Load(text);
        return [.. stream.Documents.Select(document => document.RootNode)];
    }

    private static YamlNode Manifest(string kind) =>
        Documents("kubernetes", "sento.yaml").Single(document => Text(document, "kind") == kind);

    private static YamlNode At(YamlNode from, params string[] path) =>
        path.Aggregate(from, (node, key) => node[key]);

    private static string Text(YamlNode from, params string[] path) => At(from, path).ToString();

    private static List<string> Keys(YamlNode from, params string[] path) =>
        [.. ((YamlMappingNode)At(from, path)).Children.Keys.Select(key => key.ToString())];

    private static List<string> Names(YamlNode list) =>
        [.. ((YamlSequenceNode)list).Children.Select(entry => entry["name"].ToString())];

    [GeneratedRegex(@"Overall exposure level for [^:]*: ([\d.]+)")]
    private static partial Regex Exposure();
}
