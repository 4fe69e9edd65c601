using System.Text;
using Sento.Base;
using Sento.DataPlane;
using Sento.DataPlane.Pool;
using Sento.DataPlane.Routing;
using Sento.DataPlane.Session;
using Sento.Postgres.Client;
using Sento.Postgres.Replay;
using Sento.Postgres.Server;
using Sento.Postgres.SignIn;
using Sento.Postgres.SignIn.Scram;

namespace Sento.Postgres;

/// <summary>
/// AuthQuery: one privileged secret looks up the verifier of a role that no secret names. Loop thread
/// only.
/// </summary>
/// <remarks>
/// Its connections carry nothing of any client, and its query is schema-qualified, with the role as an
/// escaped literal.
/// Each sign-in asks anew: a role made a second ago works, a dropped or expired one does not.
/// </remarks>
internal sealed class RoleLookup(PostgresProtocol protocol)
{
    private const string BuiltIn = """
        SELECT a.rolname,a.rolpassword FROM pg_catalog.pg_authid AS a WHERE a.rolname OPERATOR(pg_catalog.=) $1
        AND a.rolcanlogin AND (a.rolvaliduntil IS NULL OR a.rolvaliduntil OPERATOR(pg_catalog.>) pg_catalog.now())
        """;

    private Proxy Proxy => protocol.Proxy;

    private readonly Dictionary<string, PasswordVerifier> _verifiers = [];

    /// <summary>
    /// Asks; the answer comes later, on this loop, and is null when there is no such role or no way to
    /// ask. A client that has left is told nothing.
    /// </summary>
    public void Find(PostgresClient client, string user, Target target, Action<PasswordVerifier?> found)
    {
        var query = protocol.Proxy.Config.AuthQuery;
        Invariant.Holds(query is not null);
        var sql = (query.Query ?? BuiltIn).Replace("$1", Literal(user), StringComparison.Ordinal);
        new Lookup(this, client.Session, user, Encoding.Latin1.GetBytes(sql), found).Start(target);
    }

    private TargetPool? PoolAt(Target target)
    {
        if (protocol.Proxy.Config.AuthQuery is not { } query || protocol.Credentials.Lookup is not { } lookup)
            return null;
        var pool = target.PoolOf(new PoolKey(
            query.Database.Length > 0 ? query.Database : "postgres", query.Secret.UserName, "authquery=1"));
        var facts = PoolFacts.Of(pool);
        (facts.Credential, facts.IsLookup) = (lookup.Server, true);
        return pool;
    }

    /// <summary>
    /// What a client's proof has shown opens server connections where no secret does; null: the secret
    /// does.
    /// </summary>
    public ServerCredential? CredentialOf(string user, ScramKeys? keys)
    {
        if (protocol.Credentials.Find(user) is not null)
            return null;
        return _verifiers.GetValueOrDefault(user) switch
        {
            PasswordVerifier.Scram scram when keys is not null => ServerCredential.Of(keys, scram.Verifier),
            PasswordVerifier.Md5 md5 => ServerCredential.Of(md5),
            _ => null,
        };
    }

    private static string Literal(string text)
    {
        var literal = new ByteBuffer(64);
        SettingsSet.AppendLiteral(literal, Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text)));
        return Encoding.Latin1.GetString(literal.Written);
    }

    private sealed class Lookup(
        RoleLookup owner, ClientSession session, string user, byte[] sql, Action<PasswordVerifier?> found)
        : InternalExchange, IBorrower
    {
        private PasswordVerifier? _verifier;
        private ServerConnection? _connection;

        public Endpoint Endpoint => session.Endpoint;

        public override ReadOnlySpan<byte> Sql => sql;

        public void Start(Target target)
        {
            session.Errand = new BorrowTicket(this);
            if (owner.PoolAt(target) is not { } pool)
                found(null);
            else if (pool.Borrow(session.Errand, out var failure) is { } connection)
                OnBorrowed(connection);
            else if (failure is not null)
                found(null);
        }

        public void OnBorrowed(ServerConnection server)
        {
            session.Errand = null;
            _connection = server;
            ((PostgresServer)server.Protocol).Session.StartNow(this);
        }

        public void OnBorrowFailed(BorrowFailure failure)
        {
            if (failure.Kind == BorrowFailureKind.Moved)
                Start(owner.Proxy.TargetFor(session.Endpoint));
            else
                found(null);
        }

        public override void OnRow(ReadOnlySpan<byte> body)
        {
            var row = new RowReader(body);
            var name = row.Next();
            var text = row.Next();
            if (name is null || text is null)
                return;
            if (Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(name)) == user)
                PasswordVerifier.TryParse(text, out _verifier);
        }

        public override void OnDone(PostgresServer server)
        {
            if (owner._verifiers.Count > 10_000)
                owner._verifiers.Clear();
            if (_verifier is not null) owner._verifiers[user] = _verifier;
            else owner._verifiers.Remove(user);
            _connection!.Release();
            found(HasFailed ? null : _verifier);
        }

        public override void OnLost() => found(null);
    }
}
