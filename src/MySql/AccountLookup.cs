using System.Text;
using Sento.Base;
using Sento.DataPlane.Pool;
using Sento.DataPlane.Routing;
using Sento.DataPlane.Session;
using Sento.MySql.Server;
using Sento.MySql.SignIn;
using Sento.MySql.Wire;

namespace Sento.MySql;

/// <summary>
/// AuthQuery: one privileged secret looks up what the database keeps of a password that no secret tells, and
/// what a client then proves is kept to open its server connections. Loop thread only.
/// </summary>
/// <remarks>
/// Its connections carry nothing of any client. Each sign-in asks anew: a user made a second ago works, a
/// dropped or locked one does not.
/// Several accounts may have one name, each for its hosts. The likeliest is taken, and each has pools of its
/// own: whether it was the right one says the server, which lets in by a proof of no other.
/// </remarks>
internal sealed class AccountLookup(MySqlProtocol protocol)
{
    private const string Mine = "SUBSTRING_INDEX(USER(),'@',-1)";

    /// <summary>As servers choose: no pattern before any, a longer one before a shorter.</summary>
    private const string Order = $" ORDER BY Host<>{Mine},LENGTH(Host) DESC";

    private const string OfMySql = "SELECT User,plugin,authentication_string,Host FROM mysql.user "
        + $"WHERE User=$1 AND {Mine} LIKE Host AND account_locked='N'{Order}";

    private const string OfMariaDb = "SELECT User,JSON_VALUE(Priv,'$.plugin'),"
        + "JSON_VALUE(Priv,'$.authentication_string'),Host FROM mysql.global_priv "
        + $"WHERE User=$1 AND {Mine} LIKE Host "
        + $"AND COALESCE(JSON_VALUE(Priv,'$.account_locked'),'') NOT IN ('1','true'){Order}";

    private readonly Dictionary<(string User, string Host), ProvenAccount> _proven = [];
    private readonly RecencyList<ProvenAccount> _byUse = new();
    private readonly AccountVerifier _nativeDecoy = AccountVerifier.Decoy(AuthPlugin.Native);
    private readonly AccountVerifier _sha2Decoy = AccountVerifier.Decoy(AuthPlugin.CachingSha2);

    /// <summary>
    /// Asks; the answer comes on this loop, at once if there is no way to ask. A client that has left is told
    /// nothing.
    /// </summary>
    public void Find(ClientSession session, Target target, Action<FoundAccount> found)
    {
        // Who does not exist is asked as the server asks by itself, which is how it asks nearly everybody.
        var isNative = TargetFacts.Of(target).Greeting is not { Plugin: AuthPlugin.CachingSha2 };
        var decoy = isNative ? _nativeDecoy : _sha2Decoy;
        new Lookup(this, session, decoy, found).Start(target);
    }

    /// <summary>Null: AuthQuery is not configured.</summary>
    public TargetPool? PoolAt(Target target)
    {
        if (protocol.Proxy.Config.AuthQuery is not { } query || protocol.Credentials.Lookup is not { } lookup)
            return null;
        var pool = target.PoolOf(new PoolKey(query.Database, lookup.User, "authquery"));
        pool.ProtocolFacts ??= new PoolFacts
        {
            Capabilities = CapabilitySets.Always,
            MariaDb = CapabilitySets.AlwaysOfMariaDb,
            IsLookup = true,
        };
        return pool;
    }

    /// <summary>What the account's client has proved opens its server connections from now on.</summary>
    /// <param name="secret">Owned, and wiped when others need its place.</param>
    public void Keep(string user, FoundAccount account, PasswordSecret secret)
    {
        var key = (user, account.Host);
        if (_proven.TryGetValue(key, out var former))
            Forget(former);
        else if (_proven.Count >= Limits.ProvenAccountsMax)
            Forget(_byUse.Oldest!);
        var proven = new ProvenAccount(key, account.Verifier, secret);
        _proven.Add(key, proven);
        _byUse.Add(proven);
    }

    /// <summary>A copy for one sign-in; null: nobody has proved it, or too many others have since.</summary>
    public PasswordSecret? SecretOf(string user, string host)
    {
        if (!_proven.TryGetValue((user, host), out var proven))
            return null;
        _byUse.Touch(proven);
        return proven.Secret.Copy();
    }

    private void Forget(ProvenAccount proven)
    {
        proven.Secret.Wipe();
        _proven.Remove(proven.Key);
        _byUse.Remove(proven);
    }

    private PasswordSecret? ProvenBefore(string user, string host, AccountVerifier verifier) =>
        _proven.TryGetValue((user, host), out var proven) && !proven.Secret.IsNativeAlone
            && proven.Verifier.IsSame(verifier)
            ? proven.Secret : null;

    /// <summary>A name in hexadecimal digits: text and nothing else, whatever the SQL mode.</summary>
    private static string Literal(string user) =>
        $"_utf8mb4 X'{Convert.ToHexString(Encoding.UTF8.GetBytes(user))}'";

    private sealed class ProvenAccount(
        (string User, string Host) key, AccountVerifier verifier, PasswordSecret secret)
        : RecencyLink<ProvenAccount>
    {
        public (string User, string Host) Key => key;

        public AccountVerifier Verifier => verifier;

        public PasswordSecret Secret => secret;
    }

    private sealed class Lookup(
        AccountLookup owner, ClientSession session, AccountVerifier decoy, Action<FoundAccount> found)
        : InternalExchange, IBorrower
    {
        private readonly string _user = session.User;
        private readonly byte[] _name = Encoding.UTF8.GetBytes(session.User);
        private FoundAccount? _account;
        private ServerConnection? _connection;

        public Endpoint Endpoint => session.Endpoint;

        public void Start(Target target)
        {
            session.Errand = new BorrowTicket(this);
            if (owner.PoolAt(target) is not { } pool)
                End("AuthQuery has no secret to ask with");
            else if (pool.Borrow(session.Errand, out var failure) is { } connection)
                OnBorrowed(connection);
            else if (failure is not null)
                OnBorrowFailed(failure);
        }

        public void OnBorrowed(ServerConnection server)
        {
            session.Errand = null;
            _connection = server;
            ((MySqlServer)server.Protocol).Session.StartNow(this);
        }

        public void OnBorrowFailed(BorrowFailure failure)
        {
            if (failure.Kind == BorrowFailureKind.Moved)
                Start(owner.Protocol.Proxy.TargetFor(session.Endpoint));
            else
                End($"AuthQuery can't be asked: {Errors.Of(failure).Message}");
        }

        public override void Write(ServerSession server, ByteBuffer output)
        {
            var isMariaDb = TargetFacts.Of(server.Connection.Pool.Target).IsMariaDb;
            var sql = owner.Protocol.Proxy.Config.AuthQuery?.Query ?? (isMariaDb ? OfMariaDb : OfMySql);
            server.AddQuery(this, output,
                Encoding.UTF8.GetBytes(sql.Replace("$1", Literal(_user), StringComparison.Ordinal)));
        }

        /// <summary>Name, plugin, what is kept of the password; its account's host.</summary>
        public override void OnRow(ReadOnlySpan<byte> payload)
        {
            var row = new PacketReader(payload);
            // A collation may find more names than this one.
            if (_account is not null || !row.TryReadValue(out var name) || !name.SequenceEqual(_name))
                return;
            var plugin = row.TryReadValue(out var value) ? Encoding.Latin1.GetString(value) : "";
            var text = row.TryReadValue(out value) ? Encoding.Latin1.GetString(value) : "";
            var host = row.Left > 0 && row.TryReadValue(out value) ? Encoding.Latin1.GetString(value) : "";
            if (AccountVerifier.TryRead(plugin, text, out var verifier))
                _account = new FoundAccount(
                    host, verifier!, owner.ProvenBefore(_user, host, verifier!), null);
            else
                _account = new FoundAccount("", decoy, null, text.Length == 0
                    ? $"AuthQuery finds an account without a password ({plugin})"
                    : $"AuthQuery finds an account with {plugin}, of which no proof opens a server connection"
                        + ": a secret of Auth for this user does");
        }

        public override void OnDone(MySqlServer server)
        {
            _connection!.LastBorrowerId = 0;
            _connection.Release();
            if (Error is { } error)
                End($"AuthQuery failed: {error.Message}");
            else
                found(_account ?? new FoundAccount("", decoy, null,
                    "AuthQuery finds no account of that name that may sign in from here"));
        }

        public override void OnLost() => End("AuthQuery lost its connection before the answer");

        private void End(string fault) => found(new FoundAccount("", decoy, null, fault));
    }

    private MySqlProtocol Protocol => protocol;
}

/// <summary>What AuthQuery says of a user.</summary>
/// <param name="Host">Of the account; empty where the query does not say.</param>
/// <param name="Verifier">A decoy where nobody can sign in.</param>
/// <param name="Proven">What was proved of the same verifier before; null: nothing was.</param>
/// <param name="Fault">Why nobody can sign in, for the log.</param>
internal sealed record FoundAccount(
    string Host, AccountVerifier Verifier, PasswordSecret? Proven, string? Fault);
