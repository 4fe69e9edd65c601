using System.CommandLine;
using Sento.Load;
using Sento.Load.Commands;
using Sento.Load.Contenders;
using Sento.Load.Measures;

var baselines = new Option<string?>("--baseline")
{
    Description = "Other sento programs, measured beside this one on epoll; their file names name them",
};
var only = new Option<string?>("--only") { Description = "Who takes part, for example PgBouncer,Sento" };
var seconds = new Option<double>("--seconds")
{
    Description = "Seconds that one run is measured",
    DefaultValueFactory = _ => 5,
};
var warmUp = new Option<double>("--warm-up")
{
    Description = "Seconds of traffic before each measured run",
    DefaultValueFactory = _ => 1,
};
var rounds = new Option<int>("--rounds") { Description = "Interleaved rounds", DefaultValueFactory = _ => 3 };
var scale = new Option<int>("--scale") { Description = "pgbench's scale", DefaultValueFactory = _ => 10 };
var poolSize = new Option<int>("--pool")
{
    Description = "Server connections behind each proxy",
    DefaultValueFactory = _ => 16,
};
var workloads = new Option<string?>("--workloads")
{
    Description = "The core if not given; all, or some of: "
        + string.Join(',', Workload.All.Select(workload => workload.Name)),
};
var clients = new Option<int>("--clients")
{
    Description = "Idle clients",
    DefaultValueFactory = _ => 10_000,
};
var burstClients = new Option<int>("--clients")
{
    Description = "Clients that come at once",
    DefaultValueFactory = _ => 2_000,
};
var isTls = new Option<bool>("--tls") { Description = "Clients encrypt" };
var hasTwin = new Option<bool>("--twin")
{
    Description = "Measure a second PgBouncer too: how far equal programs lie apart is the noise",
};
var skipsIdle = new Option<bool>("--no-idle") { Description = "Leave out the memory of idle clients" };
var skipsResults = new Option<bool>("--no-results") { Description = "Write no file under bench/results" };
var isCheck = new Option<bool>("--check") { Description = "Fail when a bar is missed" };

using var interruption = new Interruption();

var postgres = new Command("postgres", "Sento and PgBouncer before the same PostgreSQL, interleaved")
{
    workloads, rounds, seconds, warmUp, scale, poolSize, clients, skipsIdle, baselines, only, hasTwin,
    isCheck, skipsResults,
};
postgres.SetAction(given => PostgresCommand.Run(OptionsOf(given), interruption));

var mySql = new Command("mysql", "sysbench through Sento and a relay before the same MariaDB, interleaved")
{
    rounds, seconds, scale, poolSize, clients, skipsIdle, only, isCheck, skipsResults,
};
mySql.SetAction(given => MySqlCommand.Run(OptionsOf(given), interruption));

var all = new Command("all", "Everything below, into one file of results: about an hour")
{
    rounds, seconds, warmUp, scale, poolSize, clients, baselines, only, isCheck,
};
all.SetAction(given => EverythingCommand.Run(OptionsOf(given), interruption));

var idle = new Command("idle", "Memory that an idle client costs each proxy")
{
    clients, isTls, poolSize, baselines, only,
};
idle.SetAction(given => IdleCommand.Run(
    new IdleCommand.Options(given.GetValue(clients), given.GetValue(isTls), ChoiceOf(given)), interruption));

var bulk = new Command("copy", "COPY both ways: what a megabyte costs each proxy")
{
    rounds, poolSize, baselines, only,
};
bulk.SetAction(given => BulkCommand.Run(
    new BulkCommand.Options(given.GetValue(rounds), ChoiceOf(given)), interruption));

var burst = new Command("burst", "Clients that come at once: until the last has its answer")
{
    rounds, burstClients, poolSize, baselines, only,
};
burst.SetAction(given => BurstCommand.Run(
    new BurstCommand.Options(given.GetValue(rounds), given.GetValue(burstClients), ChoiceOf(given)),
    interruption));

var profile = new Command("profile", "System calls for each transaction, and CPU samples")
{
    workloads, seconds, warmUp, scale, poolSize, baselines, only,
};
profile.SetAction(given => ProfileCommand.Run(
    new ProfileCommand.Options(
        Workload.Parse(given.GetValue(workloads) ?? "simple-16"), TimingOf(given), given.GetValue(scale),
        ChoiceOf(given) with { NamesMethods = true }),
    interruption));

var start = new Command("start", "How long a proxy takes to serve its first client")
{
    rounds, baselines, only,
};
start.SetAction(given => StartCommand.Run(
    new StartCommand.Options(
        given.GetValue(rounds),
        new Lineup.Choice(16, ListOf(given.GetValue(baselines)), ListOf(given.GetValue(only)))),
    interruption));

var secrets = new Command("secrets", "GetSecretValue over the API, signatures checked")
{
    seconds, skipsResults,
};
secrets.SetAction(given => SecretsCommand.Run(
    new SecretsCommand.Options(TimingOf(given).Measured, !given.GetValue(skipsResults)), interruption));

var stormClients = new Option<int>("--clients")
{
    Description = "Clients of the storm",
    DefaultValueFactory = _ => 5_000,
};
var iam = new Command("iam", "IAM tokens: verifying, signing in, and a storm beside running traffic")
{
    seconds, stormClients, skipsResults,
};
iam.SetAction(given => IamCommand.Run(
    new IamCommand.Options(
        given.GetValue(stormClients), TimingOf(given).Measured, !given.GetValue(skipsResults)),
    interruption));

var root = new RootCommand("Measures Sento beside its peers. Method: bench/README.md")
{
    all, postgres, mySql, idle, bulk, burst, profile, start, secrets, iam,
};
try
{
    return root.Parse(args).Invoke(new InvocationConfiguration
    {
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = null, // Signals are ours: see Interruption.
    });
}
catch (BenchFailure failure)
{
    Console.Error.WriteLine("bench: " + failure.Message);
    return 2;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("bench: interrupted");
    return 130;
}

PostgresCommand.Options OptionsOf(ParseResult given) => new(
    Workload.Parse(given.GetValue(workloads)), given.GetValue(rounds), TimingOf(given),
    given.GetValue(scale), ChoiceOf(given) with { HasTwin = given.GetValue(hasTwin) },
    given.GetValue(skipsIdle) ? 0 : given.GetValue(clients), given.GetValue(isCheck),
    !given.GetValue(skipsResults));

Timing TimingOf(ParseResult given) => new(
    TimeSpan.FromSeconds(given.GetValue(warmUp)), TimeSpan.FromSeconds(given.GetValue(seconds)));

Lineup.Choice ChoiceOf(ParseResult given) => new(
    given.GetValue(poolSize), ListOf(given.GetValue(baselines)), ListOf(given.GetValue(only)));

IReadOnlyList<string> ListOf(string? names) =>
    names?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
