import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/** pgjdbc at its defaults: extended protocol, statements named after five uses, settings at start-up. */
public final class JdbcDriver {
    private interface Scenario {
        int run() throws Exception;
    }

    private interface Action {
        void run() throws Exception;
    }

    private static final int CROWD = Integer.parseInt(System.getenv().getOrDefault("CROWD_CLIENTS", "200"));
    private static final int CROWD_TRANSACTIONS =
        Integer.parseInt(System.getenv().getOrDefault("CROWD_TRANSACTIONS", "9"));

    public static void main(String[] arguments) throws Exception {
        Map<String, Scenario> scenarios = new TreeMap<>();
        scenarios.put("connect", JdbcDriver::connecting);
        scenarios.put("transactions", JdbcDriver::transactions);
        scenarios.put("prepared", JdbcDriver::prepared);
        scenarios.put("errors", JdbcDriver::errors);
        scenarios.put("savepoints", JdbcDriver::savepoints);
        scenarios.put("copy", JdbcDriver::copying);
        scenarios.put("reconnects", JdbcDriver::reconnects);
        scenarios.put("settings", JdbcDriver::settings);
        scenarios.put("cancel", JdbcDriver::cancelling);
        scenarios.put("cursor", JdbcDriver::cursors);
        scenarios.put("listen", JdbcDriver::listening);
        scenarios.put("crowd", JdbcDriver::crowd);
        if (!arguments[0].equals("-")) {
            play(scenarios, arguments[0]);
            return;
        }
        // One after another, as they are named on standard input.
        BufferedReader names = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String name = names.readLine(); name != null; name = names.readLine()) play(scenarios, name);
    }

    private static void play(Map<String, Scenario> scenarios, String name) throws Exception {
        int sessions = scenarios.get(name).run();
        System.out.printf(
            "{\"driver\": \"pgjdbc\", \"version\": \"%s\", \"scenario\": \"%s\", \"sessions\": %d}%n",
            org.postgresql.util.DriverInfo.DRIVER_VERSION, name, sessions);
    }

    private static Connection connect(String... options) throws SQLException {
        String url = "jdbc:postgresql://" + System.getenv("PGHOST") + ":" + System.getenv("PGPORT") + "/"
            + System.getenv("PGDATABASE");
        Properties properties = new Properties();
        properties.setProperty("user", System.getenv("PGUSER"));
        properties.setProperty("password", System.getenv("PGPASSWORD"));
        for (int i = 0; i < options.length; i += 2) properties.setProperty(options[i], options[i + 1]);
        return DriverManager.getConnection(url, properties);
    }

    private static void expect(Object wanted, Object found, String what) {
        if (!wanted.equals(found)) throw new AssertionError(what + ": wanted " + wanted + ", found " + found);
    }

    private static void expectError(String state, Action action) throws Exception {
        try {
            action.run();
        } catch (SQLException error) {
            if (state.equals(error.getSQLState())) return;
            throw error;
        }
        throw new AssertionError("wanted " + state + ", found no error");
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String value(Connection connection, String sql, Object... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) statement.setObject(i + 1, parameters[i]);
            try (ResultSet rows = statement.executeQuery()) {
                rows.next();
                return rows.getString(1);
            }
        }
    }

    private static int connecting() throws Exception {
        try (Connection connection = connect()) {
            expect("app", value(connection, "select current_user"), "user");
            expect("app", value(connection, "select current_database()"), "database");
            expect("naïve Œuvre 日本", value(connection, "select ?::text", "naïve Œuvre 日本"), "text");
            expect(true, connection.isValid(30), "valid");
            expect("3", value(connection, "show extra_float_digits"), "digits");
        }
        try (Connection tuned = connect("currentSchema", "pg_catalog", "options", "-c work_mem=6MB",
                "ApplicationName", "tuned")) {
            expect("pg_catalog", value(tuned, "show search_path"), "search_path");
            expect("6MB", value(tuned, "show work_mem"), "options");
            expect("tuned", value(tuned, "show application_name"), "application_name");
        }
        return 2;
    }

    private static int transactions() throws Exception {
        try (Connection writer = connect(); Connection reader = connect()) {
            execute(writer, "create table if not exists jdbc_rows (n int)");
            execute(writer, "truncate jdbc_rows");
            writer.setAutoCommit(false);
            for (int n = 0; n < 20; n++) {
                try (PreparedStatement insert = writer.prepareStatement("insert into jdbc_rows values (?)")) {
                    insert.setInt(1, n);
                    insert.executeUpdate();
                }
                if (n % 2 == 1) writer.rollback();
                else writer.commit();
            }
            expect("10", value(reader, "select count(*) from jdbc_rows"), "rows");
            writer.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
            writer.setReadOnly(true);
            expect("serializable", value(writer, "show transaction_isolation"), "isolation");
            expectError("25006", () -> execute(writer, "insert into jdbc_rows values (1)"));
            writer.rollback();
            expect("serializable", value(writer, "show transaction_isolation"), "isolation of the next one");
            writer.rollback();
            writer.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            writer.setReadOnly(false);
            writer.setAutoCommit(true);
            execute(writer, "drop table jdbc_rows");
        }
        return 2;
    }

    private static int prepared() throws Exception {
        try (Connection connection = connect()) {
            try (PreparedStatement plus = connection.prepareStatement("select ?::int + 7")) {
                for (int n = 0; n < 100; n++) {
                    plus.setInt(1, n);
                    try (ResultSet rows = plus.executeQuery()) {
                        rows.next();
                        expect(n + 7, rows.getInt(1), "plus");
                    }
                }
            }
            // More texts than the driver keeps: it closes the oldest ones.
            for (int text = 0; text < 300; text++)
                for (int n = 0; n < 7; n++) {
                    String sum = value(connection, "select ?::int + " + text, n);
                    expect(String.valueOf(n + text), sum, "many texts");
                }
            execute(connection, "create table if not exists jdbc_batch (n int, t text)");
            execute(connection, "truncate jdbc_batch");
            String one = "insert into jdbc_batch values (?, ?)";
            try (PreparedStatement insert = connection.prepareStatement(one)) {
                for (int n = 0; n < 500; n++) {
                    insert.setInt(1, n);
                    insert.setString(2, "row " + n);
                    insert.addBatch();
                }
                expect(500, insert.executeBatch().length, "batch");
            }
            expect("500", value(connection, "select count(*) from jdbc_batch"), "rows of the batch");
            execute(connection, "drop table jdbc_batch");
        }
        return 1;
    }

    private static int errors() throws Exception {
        try (Connection connection = connect()) {
            for (int n = 0; n < 10; n++) {
                expectError("42703", () -> execute(connection, "select nonsense"));
                expectError("22012", () -> value(connection, "select 1 / ?::int", 0));
                connection.setAutoCommit(false);
                expectError("42703", () -> execute(connection, "select nonsense"));
                expectError("25P02", () -> execute(connection, "select 1"));
                connection.rollback();
                connection.setAutoCommit(true);
                expect(String.valueOf(n), value(connection, "select ?::int", n), "after the errors");
            }
        }
        return 1;
    }

    private static int savepoints() throws Exception {
        try (Connection connection = connect()) {
            connection.setAutoCommit(false);
            execute(connection, "create table jdbc_kept (n int)");
            execute(connection, "insert into jdbc_kept values (1)");
            var one = connection.setSavepoint("one");
            execute(connection, "insert into jdbc_kept values (2)");
            expectError("22012", () -> execute(connection, "select 1 / 0"));
            connection.rollback(one);
            execute(connection, "insert into jdbc_kept values (3)");
            connection.releaseSavepoint(one);
            expect("4", value(connection, "select sum(n) from jdbc_kept"), "sum");
            execute(connection, "drop table jdbc_kept");
            connection.commit();
        }
        return 1;
    }

    private static int copying() throws Exception {
        try (Connection connection = connect()) {
            execute(connection, "create table if not exists jdbc_copy (n int, t text)");
            execute(connection, "truncate jdbc_copy");
            StringBuilder rows = new StringBuilder();
            for (int n = 0; n < 10_000; n++) rows.append(n).append("\trow ").append(n).append('\n');
            var copy = connection.unwrap(PGConnection.class).getCopyAPI();
            long copied = copy.copyIn("copy jdbc_copy from stdin", new StringReader(rows.toString()));
            expect(10_000L, copied, "rows");
            StringWriter back = new StringWriter();
            copy.copyOut("copy (select * from jdbc_copy order by n) to stdout", back);
            expect(rows.toString(), back.toString(), "copied out");
            String garbage = "not a number\tx\n".repeat(5000);
            expectError("22P02", () -> copy.copyIn("copy jdbc_copy from stdin", new StringReader(garbage)));
            var cancelled = copy.copyIn("copy jdbc_copy from stdin");
            cancelled.writeToCopy("1\tx\n".getBytes("UTF-8"), 0, 4);
            cancelled.cancelCopy();
            expect("10000", value(connection, "select count(*) from jdbc_copy"), "rows after the errors");
            execute(connection, "drop table jdbc_copy");
        }
        return 1;
    }

    private static int reconnects() throws Exception {
        for (int n = 0; n < 50; n++) {
            try (Connection connection = connect()) {
                expect(String.valueOf(n), value(connection, "select ?::int", n), "n");
            }
        }
        return 50;
    }

    private static int settings() throws Exception {
        String tenantOrNone = "select coalesce(current_setting('app.tenant', true), '')";
        try (Connection changed = connect(); Connection plain = connect()) {
            String usual = value(plain, "show work_mem");
            execute(changed, "set work_mem = '7MB'; set app.tenant = 'one'");
            changed.setSchema("pg_catalog");
            changed.setClientInfo("ApplicationName", "one");
            for (int n = 0; n < 20; n++) {
                expect("7MB", value(changed, "show work_mem"), "own work_mem");
                expect("one", value(changed, tenantOrNone), "own tenant");
                expect("pg_catalog", changed.getSchema(), "own schema");
                expect("one", value(changed, "show application_name"), "own name");
                expect(usual, value(plain, "show work_mem"), "other's work_mem");
                expect("", value(plain, tenantOrNone), "other's tenant");
                expect("public", plain.getSchema(), "other's schema");
            }
        }
        return 2;
    }

    private static int cancelling() throws Exception {
        try (Connection connection = connect(); Connection watcher = connect();
                Statement slow = connection.createStatement()) {
            Thread cancel = new Thread(() -> {
                try {
                    String runs = "select count(*) from pg_stat_activity"
                        + " where state = 'active' and query like 'select pg_sleep(90) /* jdbc%'";
                    while (value(watcher, runs).equals("0")) value(watcher, "select pg_sleep(0.02)");
                    slow.cancel();
                } catch (SQLException error) {
                    throw new IllegalStateException(error);
                }
            });
            cancel.start();
            expectError("57014", () -> slow.execute("select pg_sleep(90) /* jdbc */"));
            cancel.join();
            expect("1", value(connection, "select 1"), "after the cancel");
            slow.setQueryTimeout(1);
            expectError("57014", () -> slow.execute("select pg_sleep(90)"));
            expect("1", value(connection, "select 1"), "after the time limit");
        }
        return 2;
    }

    private static int cursors() throws Exception {
        try (Connection connection = connect()) {
            connection.setAutoCommit(false);
            try (PreparedStatement select = connection.prepareStatement("select generate_series(1, 1000)")) {
                select.setFetchSize(100);
                try (ResultSet rows = select.executeQuery()) {
                    for (int n = 1; n <= 1000; n++) {
                        expect(true, rows.next(), "a row more");
                        expect(n, rows.getInt(1), "rows in batches");
                    }
                    expect(false, rows.next(), "the end");
                }
            }
            connection.commit();
        }
        return 1;
    }

    private static int listening() throws Exception {
        try (Connection listener = connect(); Connection sender = connect()) {
            execute(listener, "listen jdbc_news");
            execute(sender, "notify jdbc_news, 'hello'");
            PGNotification[] news = listener.unwrap(PGConnection.class).getNotifications(60_000);
            expect("jdbc_news hello", news[0].getName() + " " + news[0].getParameter(), "news");
            execute(listener, "unlisten *");
        }
        return 2;
    }

    private static int crowd() throws Exception {
        try (Connection owner = connect()) {
            execute(owner, "drop table if exists jdbc_crowd");
            execute(owner, "create table jdbc_crowd (client int, n int, primary key (client, n))");
            CyclicBarrier everybody = new CyclicBarrier(CROWD);
            ExecutorService threads = Executors.newFixedThreadPool(CROWD);
            List<Future<Void>> clients = new ArrayList<>();
            for (int client = 0; client < CROWD; client++) {
                int own = client;
                clients.add(threads.submit((Callable<Void>) () -> crowdClient(own, everybody)));
            }
            try {
                for (Future<Void> client : clients) client.get();
            } finally {
                threads.shutdownNow();
            }
            int kept = CROWD_TRANSACTIONS - CROWD_TRANSACTIONS / 3;
            expect(String.valueOf(CROWD * kept), value(owner, "select count(*) from jdbc_crowd"), "all rows");
            execute(owner, "drop table jdbc_crowd");
        }
        return CROWD + 1;
    }

    private static Void crowdClient(int client, CyclicBarrier everybody) throws Exception {
        try (Connection connection = connect()) {
            execute(connection, "set app.client = '" + client + "'");
            everybody.await(150, TimeUnit.SECONDS);
            connection.setAutoCommit(false);
            String add = "insert into jdbc_crowd values (?, ?)";
            String own = "select count(*) || ' ' || current_setting('app.client') from jdbc_crowd"
                + " where client = ?";
            int kept = 0;
            for (int n = 0; n < CROWD_TRANSACTIONS; n++) {
                try (PreparedStatement insert = connection.prepareStatement(add)) {
                    insert.setInt(1, client);
                    insert.setInt(2, n);
                    insert.executeUpdate();
                }
                expect((kept + 1) + " " + client, value(connection, own, client), "own rows and setting");
                if (n % 3 == 2) {
                    connection.rollback();
                } else {
                    connection.commit();
                    kept++;
                }
            }
        }
        return null;
    }
}
