using Sento.Base;
using Sento.ControlPlane.Rotation.Databases;
using Sento.ControlPlane.Secrets;
using Sento.Vault;

namespace Sento.ControlPlane.Rotation;

/// <summary>
/// AWS's four steps for a database's secret: create the new value, set it in the database, test it, finish.
/// </summary>
/// <remarks>
/// Each step looks at what is there first, so that a rotation that was cut off is taken up where it stood.
/// </remarks>
internal sealed class BuiltInRotation(SecretVault vault, string arn, string token, string strategy)
{
    private const string CloneSuffix = "_clone";
    private const int PasswordCharacters = 32;

    public void Create(DateTimeOffset now)
    {
        var record = Record();
        if (record.Find(token) is { HasValue: true })
            return;
        using var current = ValueOf(record, Stage.Current);
        using var login = Login(current, Stage.Current);
        // Found out now, before there is a value that stands in the way of another rotation.
        if (strategy != RotationFunctions.SingleUser)
            Master(login).Dispose();
        var rules = new PasswordRules
        {
            Length = PasswordCharacters,
            Excluded = PasswordRules.ExcludedInRotations,
            // Spared too: what shells and connection strings give a meaning.
            HasPunctuation = false,
        };
        using var password = rules.Make(out _);
        using var next = DatabaseSecret.Replace(current, NextUser(login), password);
        vault.Write(writer =>
        {
            var fresh = Record();
            if (fresh.Find(token) is not { HasValue: false } empty)
                return 0;
            writer.Put(fresh.With(empty with { HasValue = true, CreatedDate = now }));
            writer.PutValue(arn, token, next);
            return 0;
        });
    }

    public async Task SetAsync(CancellationToken cancellation)
    {
        var record = Record();
        using var pending = Login(record, Stage.Pending);
        using var current = Login(record, Stage.Current);
        var database = DatabaseOf(pending);
        if (DifferenceOf(pending, current) is { } key)
            throw new RotationFault($"The new version names another {key} than the current one.");
        // Who can put a version could name there whose password the master is to change.
        if (NextUser(current) is var next && pending.UserName != next && pending.UserName != current.UserName)
            throw new RotationFault($"The new version is of another user than {next}.");
        if (await database.CanSignInAsync(pending, cancellation))
            return;
        if (strategy == RotationFunctions.SingleUser)
            await SetSingleAsync(record, database, current, pending, cancellation);
        else
            await SetAlternatingAsync(database, current, pending, cancellation);
    }

    public async Task TestAsync(CancellationToken cancellation)
    {
        using var pending = Login(Record(), Stage.Pending);
        if (!await DatabaseOf(pending).CanSignInAsync(pending, cancellation))
            throw new RotationFault(
                $"The database does not let user {pending.UserName} in with the new password.");
    }

    /// <summary>Whether a rotation would find what it needs; changes nothing.</summary>
    public async Task RehearseAsync(CancellationToken cancellation)
    {
        using var current = Login(Record(), Stage.Current);
        NextUser(current);
        if (!await DatabaseOf(current).CanSignInAsync(current, cancellation))
            throw new RotationFault(
                $"The database does not let user {current.UserName} in with the current password.");
        if (strategy == RotationFunctions.SingleUser)
            return;
        using var master = Master(current);
        if (!await DatabaseOf(current).CanSignInAsync(master, cancellation))
            throw new RotationFault(
                $"The database does not let user {master.UserName}, of masterarn, in.");
    }

    private static async Task SetOwnAsync(
        IDatabase database, DatabaseSecret login, DatabaseSecret pending, CancellationToken cancellation)
    {
        if (login.UserName != pending.UserName)
            throw new RotationFault("The new version is of another user than the current one.");
        await database.ChangeOwnPasswordAsync(login, pending.Password, cancellation);
    }

    private async Task SetSingleAsync(
        SecretRecord record, IDatabase database, DatabaseSecret current, DatabaseSecret pending,
        CancellationToken cancellation)
    {
        if (await database.CanSignInAsync(current, cancellation))
        {
            await SetOwnAsync(database, current, pending, cancellation);
            return;
        }
        if (record.Holder(Stage.Previous) is { HasValue: true })
        {
            using var previous = Login(record, Stage.Previous);
            if (await database.CanSignInAsync(previous, cancellation))
            {
                await SetOwnAsync(database, previous, pending, cancellation);
                return;
            }
        }
        throw new RotationFault(
            $"The database lets user {current.UserName} in with none of the passwords of this secret: "
            + "somebody has changed it there. Put the right one with sento secret put.");
    }

    private async Task SetAlternatingAsync(
        IDatabase database, DatabaseSecret current, DatabaseSecret pending, CancellationToken cancellation)
    {
        // Who can't show the current password must not get another user's changed.
        if (!await database.CanSignInAsync(current, cancellation))
            throw new RotationFault(
                $"The database does not let user {current.UserName} in with the current password.");
        using var there = Master(pending);
        await database.PutUserAsync(there, current.UserName, pending.UserName, pending.Password,
            cancellation);
    }

    /// <summary>
    /// The login of masterarn, for the database of the secret that names it. Whoever can write into that
    /// secret names a server there too: the password goes only where its own secret says that it belongs.
    /// </summary>
    private DatabaseSecret Master(DatabaseSecret login)
    {
        if (login.MasterArn is not { } masterArn)
            throw new RotationFault(
                "The secret has no masterarn: the secret of a user who may make the other user.");
        if (vault.Find(masterArn) is not { IsDeleted: false } record
            || record.Arn != Record().Rotation?.MasterArn)
            throw new RotationFault(
                $"RotateSecret was not called with {masterArn} as the masterarn, by somebody who may read "
                + "it: call CancelRotateSecret, then RotateSecret.");
        using var master = Login(record, Stage.Current);
        if (string.IsNullOrEmpty(master.Host) || string.IsNullOrEmpty(master.Engine))
        {
            var missing = string.IsNullOrEmpty(master.Host) ? "host" : "engine";
            throw new RotationFault($"The secret of masterarn names no {missing}: put it there.");
        }
        if (DifferenceOf(master, login) is { } key)
            throw new RotationFault($"The secret of masterarn names another {key} than this secret.");
        return DatabaseSecret.AsMaster(master, login);
    }

    /// <summary>What of the two names another server; null: it is the same one.</summary>
    private static string? DifferenceOf(DatabaseSecret one, DatabaseSecret other)
    {
        if (one.Host != other.Host)
            return "host";
        if (one.Engine != other.Engine)
            return "engine";
        var usual = DatabaseOf(one).UsualPort;
        return (one.Port ?? usual) == (other.Port ?? usual) ? null : "port";
    }

    private string NextUser(DatabaseSecret login)
    {
        if (strategy == RotationFunctions.SingleUser)
            return login.UserName;
        var next = login.UserName.EndsWith(CloneSuffix, StringComparison.Ordinal)
            ? login.UserName[..^CloneSuffix.Length]
            : login.UserName + CloneSuffix;
        var max = DatabaseOf(login).UserNameCharactersMax;
        return next.Length <= max
            ? next
            : throw new RotationFault($"User name {next} has more than {max} characters.");
    }

    private static IDatabase DatabaseOf(DatabaseSecret login) => login.Engine switch
    {
        "postgres" or "postgresql" or "aurora-postgresql" => new PostgresDatabase(),
        "mysql" or "mariadb" or "aurora-mysql" => new MySqlDatabase(),
        _ => throw new RotationFault(
            $"The secret's engine is \"{login.Engine}\"; allowed: postgres, mysql, mariadb."),
    };

    private SecretRecord Record() => vault.Find(arn) ?? throw new RotationFault("The secret is gone.");

    private DatabaseSecret Login(SecretRecord record, string stage)
    {
        using var value = ValueOf(record, stage);
        return Login(value, stage);
    }

    private static DatabaseSecret Login(SecretValue value, string stage)
    {
        var login = DatabaseSecret.Read(value)
            ?? throw new RotationFault($"The value of {stage} is not JSON with username and password.");
        if (!login.HasWrongPort)
            return login;
        login.Dispose();
        throw new RotationFault($"The port in the value of {stage} is not a number from 1 to 65535.");
    }

    private SecretValue ValueOf(SecretRecord record, string stage) =>
        record.Holder(stage) is { } version && vault.ReadValue(record, version) is { } value
            ? value
            : throw new RotationFault($"The secret has no value of {stage}.");
}
