using System.CommandLine;
using System.CommandLine.Parsing;
using Sento.Lab;
using Sento.Lab.Engines;
using Sento.Lab.Plan;

namespace Sento.Host.Commands;

/// <summary>The options of sento lab, and the plan that they make.</summary>
internal sealed class LabOptions
{
    private readonly Option<bool> _isQuick = new("--quick")
    {
        Description = "Fewer environments and shorter phases: 45 seconds",
    };

    private readonly Option<bool> _isFull = new("--full")
    {
        Description =
            "Five rounds with five seeds, three numbers of workers, and all scenarios: about half an hour",
    };

    private readonly Option<string> _engine = new("--engine")
    {
        Description = "The database: postgres, mariadb or mysql",
        DefaultValueFactory = _ => "postgres",
    };

    private readonly Option<string> _scenario = new("--scenario")
    {
        Description =
            "What happens in the middle: rotate (the password), restart (a crash) or overload (slow reads)",
        DefaultValueFactory = _ => "none",
    };

    private readonly Option<string> _signIn = new("--sign-in")
    {
        Description = "How environments sign in: password, tls, or token (IAM, over TLS)",
        DefaultValueFactory = _ => "password",
    };

    private readonly Option<ulong?> _seed = new("--seed") { Description = "The seed of the arrivals" };

    private readonly Option<int?> _environments = new("--environments")
    {
        Description = "Simulated execution environments, 1 to 5000",
    };

    private readonly Option<int?> _processes = new("--processes")
    {
        Description = "Environments that are processes of their own, stopped while frozen, 0 to 100",
    };

    private readonly Option<int?> _poolSize = new("--pool")
    {
        Description = "Server connections of each proxy",
    };

    private readonly Option<double?> _deadline = new("--deadline")
    {
        Description = "Seconds after which the platform ends an invocation, 1 to 900",
    };

    private readonly Option<string?> _arms = new("--arms") { Description = "Only these, as A,B,D" };

    public LabOptions()
    {
        _engine.AcceptOnlyFromAmong("postgres", "mariadb", "mysql");
        _scenario.AcceptOnlyFromAmong("none", "rotate", "restart", "overload");
        _signIn.AcceptOnlyFromAmong("password", "tls", "token");
        Bound(_environments, 1, 5_000);
        Bound(_processes, 0, 100);
        Bound(_poolSize, 1, 5_000);
        Bound(_deadline, 1, 900);
    }

    public IEnumerable<Option> All =>
    [
        _isQuick, _isFull, _engine, _scenario, _signIn, _seed, _environments, _processes, _poolSize,
        _deadline, _arms,
    ];

    /// <exception cref="LabFault">What was asked for does not go together.</exception>
    public static void Check(LabPlan plan)
    {
        if (plan.IsAgainst && plan.Scenario != Scenario.None)
            throw new LabFault("--scenario is hard on the server, so it does not go together with --against");
        if (!Arm.AllOf(plan).Any())
            throw new LabFault($"--arms: there is none of them on {EngineTable.NameOf(plan.Engine)}");
    }

    /// <summary>The plans to run, one after another; each but the first has a name for its folder.</summary>
    /// <param name="against">The database is somebody's, of this kind; null: ours.</param>
    public IEnumerable<(string? Name, LabPlan Plan)> Plans(ParseResult result, Engine? against)
    {
        var plan = Plan(result, against);
        yield return (null, plan.With(Chosen<Scenario>(result, _scenario)));
        if (!result.GetValue(_isFull) || against is not null)
            yield break;
        foreach (var scenario in (Scenario[])[Scenario.Rotate, Scenario.Restart, Scenario.Overload])
        {
            yield return (
                scenario.ToString().ToLowerInvariant(), (plan with { Rounds = 1 }).With(scenario));
        }
    }

    private LabPlan Plan(ParseResult result, Engine? against)
    {
        var plan = against is not null ? LabPlan.Against
            : result.GetValue(_isQuick) ? LabPlan.Quick
            : result.GetValue(_isFull) ? LabPlan.Full : new LabPlan();
        var engine = against ?? Chosen<Engine>(result, _engine);
        return plan with
        {
            Engine = engine,
            StockLimit = EngineTable.StockLimitOf(engine),
            SignIn = Chosen<SignIn>(result, _signIn),
            Seed = result.GetValue(_seed) ?? plan.Seed,
            Environments = result.GetValue(_environments) ?? plan.Environments,
            OwnProcesses = result.GetValue(_processes) ?? plan.OwnProcesses,
            PoolSize = result.GetValue(_poolSize) ?? plan.PoolSize,
            Deadline = result.GetValue(_deadline) is { } seconds
                ? TimeSpan.FromSeconds(seconds)
                : plan.Deadline,
            Arms = result.GetValue(_arms)?.Split(',', StringSplitOptions.TrimEntries) ?? plan.Arms,
        };
    }

    private static T Chosen<T>(ParseResult result, Option<string> option)
        where T : struct, Enum => Enum.Parse<T>(result.GetValue(option)!, ignoreCase: true);

    private static void Bound<T>(Option<T?> option, T least, T most)
        where T : struct, IComparable<T> => option.Validators.Add(result =>
    {
        if (result.GetValueOrDefault<T?>() is { } value
            && (value.CompareTo(least) < 0 || value.CompareTo(most) > 0))
        {
            result.AddError($"{option.Name}: {least} to {most}");
        }
    });
}
