namespace Sento.Base;

/// <summary>
/// Every bound of the process that is not a setting: value, unit, reason, and what happens there.
/// </summary>
public static class Limits
{
    /// <summary>How long a pool that nobody uses is remembered: its parameters, its credentials.</summary>
    public static readonly TimeSpan UnusedPoolAge = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Bytes of a start-up packet. PostgreSQL's own MAX_STARTUP_PACKET_LENGTH; above it the client is
    /// refused.
    /// </summary>
    public const int StartupBytesMax = 10_000;

    /// <summary>
    /// Bytes of one sign-in message (password, SASL). A token is about 2 kB; above it the client is
    /// refused.
    /// </summary>
    public const int SignInBytesMax = 65_536;

    /// <summary>
    /// Bytes of a statement text that is held and classified. A longer one pins its session until it is
    /// reset: its text has not been read, so what it changed is not known.
    /// </summary>
    public const int StatementBytesMax = 1 << 20;

    /// <summary>
    /// Bytes of a control message from a server that we must read whole (errors, parameters). Above it
    /// the server is broken.
    /// </summary>
    public const int ServerMessageBytesMax = 1 << 20;

    /// <summary>Bytes of one message of any kind; PostgreSQL's own bound is 1 GB minus one.</summary>
    public const int MessageBytesMax = 0x3fff_ffff + 5;

    /// <summary>
    /// Bytes read from a socket in one go: one buffer for each loop, lent only while a handler runs.
    /// </summary>
    public const int ReceiveBytes = 256 * 1024;

    /// <summary>
    /// Bytes of one of the buffers that a loop on io_uring lends to the kernel: nearly every message fits. A
    /// cache line more than a page, so that their beginnings do not crowd in the same part of the cache.
    /// </summary>
    public const int RingBufferBytes = 4096 + 64;

    /// <summary>
    /// How many of them a loop has, 1 MB. When more arrives within one turn, the rest waits in the kernel for
    /// the next. A power of two.
    /// </summary>
    public const int RingBuffers = 256;

    /// <summary>
    /// Bytes that come at a time on io_uring, from which on a socket is read into the large buffer instead.
    /// </summary>
    public const int StreamingBytes = 16 * 1024;

    /// <summary>
    /// Cancels of one server connection that wait for the one on its way; more are one with them.
    /// </summary>
    public const int CancelsWaitingMax = 64;

    /// <summary>
    /// Bytes of one reply after which its pieces may wait for each other, for a millisecond.
    /// </summary>
    public const int BulkBytes = 2 << 20;

    /// <summary>Bytes queued for a socket above which its other side is no longer read.</summary>
    public const int SendQueueHighBytes = 64 * 1024;

    /// <summary>Bytes queued for a socket below which its other side is read again.</summary>
    public const int SendQueueLowBytes = 16 * 1024;

    /// <summary>
    /// Descriptors that accepted clients leave to the process itself: a .NET process without any left to
    /// map memory for compiled code ends at once. At this distance from the limit clients wait in the kernel.
    /// </summary>
    public const int DescriptorsReserved = 64;

    /// <summary>
    /// Connections accepted by one listener in one turn; the rest wait in the kernel for the next turn.
    /// </summary>
    public const int AcceptsPerTurn = 64;

    /// <summary>
    /// SCRAM iterations that a server may ask of us; a hostile one could ask for minutes of work.
    /// </summary>
    public const int ScramIterationsMax = 1_000_000;

    /// <summary>Settings that one session may hold of its own. Above it the session is pinned.</summary>
    public const int SettingsPerSessionMax = 256;

    /// <summary>Bytes of all setting values of one session. Above it the session is pinned.</summary>
    public const int SettingBytesPerSessionMax = 64 * 1024;

    /// <summary>
    /// Named statements of one client. Above it Parse is refused with an error that says so.
    /// </summary>
    public const int StatementsPerClientMax = 20_000;

    /// <summary>Bytes of the named statements of one client. Above it Parse is refused in the same
    /// way.</summary>
    public const int StatementBytesPerClientMax = 64 << 20;

    /// <summary>
    /// Names of prepared statements of one client whose change the server has yet to confirm. A client that
    /// pipelines more is read more slowly.
    /// </summary>
    public const int UnsettledNamesMax = 512;

    /// <summary>
    /// Statements kept prepared on one server connection; the least recently used is closed first.
    /// </summary>
    public const int StatementsPerServerMax = 500;

    /// <summary>
    /// Bytes of statements, and of what finds them, that no client holds but the next one may; the least
    /// recently used are
    /// forgotten.
    /// </summary>
    public const int UnheldStatementBytesMax = 32 << 20;

    /// <summary>
    /// Bytes of notifications that wait for one client, in a transaction or unread. Above it the client is
    /// ended with an error that says so.
    /// </summary>
    public const int NotificationBytesMax = 4 << 20;

    /// <summary>
    /// Channels of one client that a shared connection listens to. Above it the session is pinned.
    /// </summary>
    public const int ChannelsPerClientMax = 10_000;

    /// <summary>
    /// Replies owed by one server connection. A client that pipelines more is read more slowly.
    /// </summary>
    public const int RepliesOwedMax = 65_536;

    /// <summary>
    /// Routines, triggers and views of a MySQL server that are read for what they hide. Above it every
    /// statement is taken to use some that do.
    /// </summary>
    public const int HiddenNamesMax = 10_000;

    /// <summary>How often these name each other, as far as it is followed.</summary>
    public const int HiddenUsesMax = 50_000;

    /// <summary>
    /// Names of users and databases that a proxy holds one copy of. Above it they are forgotten and gathered
    /// anew.
    /// </summary>
    public const int SharedNamesMax = 10_000;

    /// <summary>
    /// Users whose password a client has proved by what AuthQuery found, and which opens their connections.
    /// Above it the least recently used is wiped, until its next sign-in.
    /// </summary>
    public const int ProvenAccountsMax = 10_000;

    /// <summary>
    /// How long others wait for an idle connection on which its last client will probably want something that
    /// only it may see, while all other connections are busy: what a program needs between two statements.
    /// </summary>
    public static readonly TimeSpan KeptConnectionGrace = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// How long others rather open a connection than take that one; then it is like any other.
    /// </summary>
    public static readonly TimeSpan KeptConnectionAge = TimeSpan.FromSeconds(10);

    /// <summary>
    /// While the proxy shuts down, a client that came or spoke within this time is given as long to make its
    /// first request; then it is told to leave.
    /// </summary>
    public static readonly TimeSpan NewcomerAge = TimeSpan.FromSeconds(1);
}
