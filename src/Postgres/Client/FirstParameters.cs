using System.Text;
using Sento.Base;
using Sento.DataPlane.Pool;
using Sento.DataPlane.Session;
using Sento.Postgres.Replay;
using Sento.Postgres.Server;
using Sento.Postgres.SignIn;
using Sento.Postgres.Wire;

namespace Sento.Postgres.Client;

/// <summary>
/// Between sign-in and the first statement: which parameters the client is told, given what it asked for at
/// its start.
/// </summary>
/// <remarks>
/// The first client with some start-up settings borrows a server to learn what they lead to, or what is
/// wrong with them;
/// the next ones are told from memory and touch no server.
/// </remarks>
internal sealed class FirstParameters(PostgresClient client, StartupParameters parameters)
{
    private TargetPool _pool = null!;
    private SettingsSet _asked = null!;
    private SettingsSet _key = null!;
    private ServerSession? _server;

    private ClientSession Session => client.Session;

    private string ServerUser =>
        client.Protocol.Credentials.Find(Session.User)?.ServerUser ?? Session.User;

    /// <param name="credential">What opens server connections, where no secret does; null: the
    /// secret.</param>
    public void Find(ServerCredential? credential)
    {
        var target = Session.Proxy.TargetFor(Session.Endpoint);
        var variant = parameters.Replication switch
        {
            ReplicationKind.Physical => $"replication=true;{Session.Id}",
            ReplicationKind.Logical => $"replication=database;{Session.Id}",
            _ => "",
        };
        _asked = client.Protocol.Settings.Empty;
        foreach (var (name, value) in parameters.Settings)
            _asked = _asked.With(ToLatin(name), ToLatin(LongApplicationName.Cut(name, value)));
        _pool = target.PoolOf(new PoolKey(
            Session.Database, ServerUser, variant, IsOfOneClient: variant.Length > 0));
        var facts = PoolFacts.Of(_pool);
        if (credential is not null)
            facts.Credential = credential;
        if (variant.Length > 0)
        {
            var replication = KeyValuePair.Create("replication", variant.Split('=', ';')[1]);
            UseOwnConnections([replication, .. parameters.Settings]);
            return;
        }
        Look();
    }

    public void OnBorrowed(ServerConnection connection)
    {
        var server = ((PostgresServer)connection.Protocol).Session;
        var facts = PoolFacts.Of(_pool);
        Prepare(facts);
        if (facts.ReportedFor(_key) is { } known)
        {
            connection.LastBorrowerId = 0;
            connection.Release();
            Tell(known);
            return;
        }
        _server = server;
        var resetFirst = server.Applied.Count > 0 || server.Residue != Residue.None;
        server.StartNow(new TrialExchange(_key, resetFirst, OnTried, OnTrialLost));
    }

    public void OnBorrowFailed(BorrowFailure failure)
    {
        if (failure.Kind == BorrowFailureKind.Moved)
        {
            var pool = Session.Proxy.TargetFor(Session.Endpoint, _pool.Target).PoolOf(_pool.Key);
            PoolFacts.Of(pool).TakeOver(PoolFacts.Of(_pool));
            _pool = pool;
            Look();
            return;
        }
        var output = new ByteBuffer(256);
        if (failure.ServerError is ErrorFields fields)
            Errors.WriteServer(output, fields, Severity.Fatal);
        else
            MessageWriter.ErrorResponse(
                output, Severity.Fatal, Errors.SqlStateOf(failure.Kind), failure.Message, failure.Detail,
                    failure.Hint);
        Session.Connection.Send(output.Written);
        Session.End(new Goodbye(EndReason.BorrowTimedOut, ""));
    }

    /// <summary>The client has gone meanwhile.</summary>
    public void OnEnded()
    {
        _isOver = true;
        Session.StopWaiting();
    }

    private bool _isOver;

    private static string ToLatin(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    private void Look()
    {
        var facts = PoolFacts.Of(_pool);
        if (facts.Init is not null)
        {
            Prepare(facts);
            if (facts.ReportedFor(_key) is { } known)
            {
                Tell(known);
                return;
            }
        }
        if (Session.Borrow(_pool) is { } connection)
            OnBorrowed(connection);
    }

    /// <summary>
    /// The client's baseline is what InitQuery set and, above it, what it asked for itself.
    /// </summary>
    private void Prepare(PoolFacts facts)
    {
        var baseline = facts.Init ?? client.Protocol.Settings.Empty;
        foreach (var (name, value) in _asked.Items)
            baseline = baseline.With(name, value);
        _asked = baseline;
        // Names of applications are many and do nothing but be shown: they need no trial of their own.
        _key = baseline.TryGet("application_name", out var application) && IsPlain(application)
            && !(facts.Init?.TryGet("application_name", out _) ?? false)
            ? baseline.Without("application_name")
            : baseline;
    }

    private void Tell(SettingsSet reported)
    {
        if (!ReferenceEquals(_key, _asked) && _asked.TryGet("application_name", out var application))
            reported = reported.With("application_name", application);
        client.Begin(_pool, _asked, reported);
    }

    private void OnTried(PostgresServer owner, byte[]? error)
    {
        var server = _server!;
        _server = null;
        if (error is null)
        {
            server.Applied = _key;
            PoolFacts.Of(_pool).Learn(_key, server.Reported);
        }
        var reported = server.Reported;
        server.Connection.LastBorrowerId = 0;
        server.Residue |= Residue.Identity;
        server.Connection.Release();
        if (_isOver)
            return;
        if (error is null)
        {
            Tell(reported);
            return;
        }
        if (ErrorFields.TryFind(error, (byte)'C', out var code) && code.SequenceEqual("55P02"u8))
        {
            // Some parameter can only be given when a connection is made: this client gets connections made
            // with it.
            var variant = new StringBuilder();
            foreach (var (name, value) in _asked.Items)
                variant.Append(name).Append('=').Append(value).Append('\0');
            var credential = PoolFacts.Of(_pool.Target.PoolOf(_pool.Key with { Variant = "" })).Credential;
            _pool = _pool.Target.PoolOf(_pool.Key with { Variant = variant.ToString() });
            PoolFacts.Of(_pool).Credential = credential;
            UseOwnConnections(parameters.Settings);
            return;
        }
        var output = new ByteBuffer(256);
        Errors.WriteServer(output, ErrorFields.Read(error), Severity.Fatal);
        Session.Connection.Send(output.Written);
        Session.End(new Goodbye(EndReason.ClientRefusedSignIn, ""));
    }

    /// <summary>Not tried again elsewhere: these very settings may be what ended it.</summary>
    private void OnTrialLost()
    {
        _server = null;
        if (_isOver)
            return;
        Session.End(new Goodbye(EndReason.ServerClosed,
            "The database connection was lost while it took the client's first parameters.",
            "Connect again."));
    }

    private void UseOwnConnections(IReadOnlyList<KeyValuePair<string, string>> settings)
    {
        PoolFacts.Of(_pool).StartupSettings = settings;
        _asked = client.Protocol.Settings.Empty;
        Look();
    }

    private static bool IsPlain(string text)
    {
        foreach (var c in text)
        {
            if (c is < ' ' or > '~')
                return false;
        }
        return true;
    }
}

/// <summary>
/// Tries start-up settings on a connection, to learn what the server reports with them or says against
/// them.
/// </summary>
internal sealed class TrialExchange : InternalExchange
{
    private readonly ByteBuffer _sql = new(256);
    private readonly Action<PostgresServer, byte[]?> _done;
    private readonly Action _lost;
    private byte[]? _error;

    public TrialExchange(
        SettingsSet settings, bool resetFirst, Action<PostgresServer, byte[]?> done, Action lost)
    {
        _done = done;
        _lost = lost;
        if (resetFirst)
            _sql.Write("SET SESSION AUTHORIZATION DEFAULT;RESET ROLE;RESET ALL;"u8);
        _sql.Write(settings.ReplaySql);
    }

    public override ReadOnlySpan<byte> Sql => _sql.Written;

    public override void OnError(ReadOnlySpan<byte> body)
    {
        base.OnError(body);
        _error ??= body.ToArray();
    }

    public override void OnDone(PostgresServer server) => _done(server, _error);

    public override void OnLost() => _lost();
}
