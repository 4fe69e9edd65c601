import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.mariadb.jdbc.MariaDbConnection;

/** MariaDB Connector/J at its defaults: text protocol, batches in bulk, settings read at the start. */
public final class MariaDbDriver {
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
        scenarios.put("connect", MariaDbDriver::connecting);
        scenarios.put("transactions", MariaDbDriver::transactions);
        scenarios.put("prepared", MariaDbDriver::prepared);
        scenarios.put("errors", MariaDbDriver::errors);
        scenarios.put("savepoints", MariaDbDriver::savepoints);
        scenarios.put("load", MariaDbDriver::loading);
        scenarios.put("reconnects", MariaDbDriver::reconnects);
        scenarios.put("settings", MariaDbDriver::settings);
        scenarios.put("cursor", MariaDbDriver::cursors);
        scenarios.put("cancel", MariaDbDriver::cancelling);
        scenarios.put("crowd", MariaDbDriver::crowd);
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
        String version;
        try (Connection connection = connect()) {
            version = connection.getMetaData().getDriverVersion();
        }
        System.out.printf(
            "{\"driver\": \"Connector/J\", \"version\": \"%s\", \"scenario\": \"%s\", \"sessions\": %d}%n",
            version, name, sessions + 1);
    }

    private static Connection connect(String... options) throws SQLException {
        String url = "jdbc:mariadb://" + System.getenv("PGHOST") + ":" + System.getenv("PGPORT") + "/"
            + System.getenv("PGDATABASE") + "?user=" + System.getenv("PGUSER")
            + "&password=" + System.getenv("PGPASSWORD");
        return DriverManager.getConnection(url + String.join("", options));
    }

    private static void expect(Object wanted, Object found, String what) {
        if (!wanted.equals(found)) throw new AssertionError(what + ": wanted " + wanted + ", found " + found);
    }

    private static void expectError(int code, Action action) throws Exception {
        try {
            action.run();
        } catch (SQLException error) {
            if (error.getErrorCode() == code) return;
            throw error;
        }
        throw new AssertionError("wanted " + code + ", found no error");
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
            expect("app", value(connection, "select substring_index(current_user(), '@', 1)"), "user");
            expect("app", value(connection, "select database()"), "database");
            expect("naïve Œuvre 日本", value(connection, "select ?", "naïve Œuvre 日本"), "text");
            expect(true, connection.isValid(30), "valid");
        }
        try (Connection tuned = connect("&sessionVariables=sort_buffer_size=98304,time_zone='+09:00'")) {
            expect("98304", value(tuned, "select @@sort_buffer_size"), "session variable");
            expect("+09:00", value(tuned, "select @@time_zone"), "time zone");
        }
        return 2;
    }

    private static int transactions() throws Exception {
        try (Connection writer = connect(); Connection reader = connect()) {
            execute(writer, "create table jdbc_rows (n int)");
            writer.setAutoCommit(false);
            for (int n = 0; n < 20; n++) {
                value(writer, "select ?", n);
                execute(writer, "insert into jdbc_rows values (" + n + ")");
                if (n % 2 == 1) writer.rollback();
                else writer.commit();
            }
            expect("10", value(reader, "select count(*) from jdbc_rows"), "rows");
            writer.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
            expect(Connection.TRANSACTION_SERIALIZABLE, writer.getTransactionIsolation(), "isolation");
            writer.rollback();
            expect(Connection.TRANSACTION_SERIALIZABLE, writer.getTransactionIsolation(), "isolation later");
            writer.rollback();
            writer.setAutoCommit(true);
            execute(writer, "drop table jdbc_rows");
        }
        return 2;
    }

    private static int prepared() throws Exception {
        for (String options : new String[] { "", "&useServerPrepStmts=true" }) {
            try (Connection connection = connect(options)) {
                try (PreparedStatement plus = connection.prepareStatement("select ? + 7")) {
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
                    for (int n = 0; n < 3; n++)
                        expect(n + text, Integer.valueOf(value(connection, "select ? + " + text, n)), "sum");
                execute(connection, "create table jdbc_batch (id int auto_increment primary key, n int)");
                String one = "insert into jdbc_batch (n) values (?)";
                try (PreparedStatement insert =
                        connection.prepareStatement(one, Statement.RETURN_GENERATED_KEYS)) {
                    insert.setInt(1, 5);
                    insert.executeUpdate();
                    try (ResultSet keys = insert.getGeneratedKeys()) {
                        keys.next();
                        expect("1", keys.getString(1), "key");
                    }
                    for (int n = 0; n < 500; n++) {
                        insert.setInt(1, n);
                        insert.addBatch();
                    }
                    expect(500, insert.executeBatch().length, "batch");
                }
                expect("501", value(connection, "select count(*) from jdbc_batch"), "rows of the batch");
                execute(connection, "drop table jdbc_batch");
            }
        }
        return 2;
    }

    private static int errors() throws Exception {
        try (Connection connection = connect()) {
            execute(connection, "create table jdbc_unique (n int primary key)");
            for (int n = 0; n < 10; n++) {
                expectError(1054, () -> execute(connection, "select nonsense"));
                connection.setAutoCommit(false);
                execute(connection, "insert into jdbc_unique values (1)");
                expectError(1062, () -> execute(connection, "insert into jdbc_unique values (1)"));
                expect("1", value(connection, "select count(*) from jdbc_unique"), "still there");
                connection.rollback();
                connection.setAutoCommit(true);
                expect(String.valueOf(n), value(connection, "select ?", n), "after the errors");
            }
            try (Statement statement = connection.createStatement()) {
                statement.executeQuery("select cast('x' as signed)").close();
                expect(1292, statement.getWarnings().getErrorCode(), "warning");
            }
            execute(connection, "drop table jdbc_unique");
        }
        return 1;
    }

    private static int savepoints() throws Exception {
        try (Connection connection = connect()) {
            execute(connection, "create table jdbc_kept (n int primary key)");
            connection.setAutoCommit(false);
            execute(connection, "insert into jdbc_kept values (1)");
            var one = connection.setSavepoint("one");
            execute(connection, "insert into jdbc_kept values (2)");
            expectError(1062, () -> execute(connection, "insert into jdbc_kept values (2)"));
            connection.rollback(one);
            execute(connection, "insert into jdbc_kept values (3)");
            connection.releaseSavepoint(one);
            expect("4", value(connection, "select sum(n) from jdbc_kept"), "sum");
            connection.commit();
            execute(connection, "drop table jdbc_kept");
        }
        return 1;
    }

    private static int loading() throws Exception {
        Path file = Files.createTempFile("sento", ".rows");
        try (Connection connection = connect("&allowLocalInfile=true")) {
            StringBuilder rows = new StringBuilder();
            for (int n = 0; n < 10_000; n++) rows.append(n).append("\trow ").append(n).append('\n');
            Files.writeString(file, rows.toString());
            execute(connection, "create table jdbc_load (n int, t varchar(20))");
            execute(connection, "load data local infile '" + file + "' into table jdbc_load");
            expect("10000", value(connection, "select count(*) from jdbc_load"), "rows");
            execute(connection, "drop table jdbc_load");
        } finally {
            Files.delete(file);
        }
        return 1;
    }

    private static int reconnects() throws Exception {
        for (int n = 0; n < 50; n++)
            try (Connection connection = connect()) {
                expect(String.valueOf(n), value(connection, "select ?", n), "n");
            }
        return 50;
    }

    private static int settings() throws Exception {
        try (Connection changed = connect(); Connection plain = connect()) {
            String usual = value(plain, "select @@sort_buffer_size");
            execute(changed, "set session sort_buffer_size = 98304, @tenant = 'one'");
            for (int n = 0; n < 20; n++) {
                expect("98304", value(changed, "select @@sort_buffer_size"), "own size");
                expect("one", value(changed, "select @tenant"), "own tenant");
                expect(usual, value(plain, "select @@sort_buffer_size"), "other's size");
                expect("none", value(plain, "select coalesce(@tenant, 'none')"), "other's tenant");
            }
            changed.setCatalog("information_schema");
            expect("information_schema", value(changed, "select database()"), "schema");
            changed.setReadOnly(true);
            changed.setReadOnly(false);
        }
        return 2;
    }

    private static int cursors() throws Exception {
        try (Connection connection = connect("&useServerPrepStmts=true&useCursorFetch=true");
                PreparedStatement statement = connection.prepareStatement(
                    "with recursive t as (select 1 as n union all select n + 1 from t where n < 1000)"
                        + " select n from t")) {
            statement.setFetchSize(100);
            List<Integer> found = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) found.add(rows.getInt(1));
            }
            for (int n = 0; n < 1000; n++) expect(n + 1, found.get(n), "rows in batches");
            expect(1000, found.size(), "rows");
        }
        return 1;
    }

    private static int cancelling() throws Exception {
        String runs = "select count(*) from information_schema.processlist"
            + " where info like '%sleep(90) /* jdbc%' and id <> connection_id()";
        ExecutorService other = Executors.newSingleThreadExecutor();
        try (Connection connection = connect(); Connection watcher = connect();
                Statement slow = connection.createStatement()) {
            Future<?> cancel = other.submit(() -> {
                while (value(watcher, runs).equals("0")) value(watcher, "select sleep(0.02)");
                slow.cancel();
                return null;
            });
            try (ResultSet rows = slow.executeQuery("select sleep(90) /* jdbc */")) {
                rows.next();
                // MySQL's sleep tells by its value that it was interrupted, MariaDB's statement fails.
                expect("1", rows.getString(1), "interrupted");
            } catch (SQLException error) {
                expect(1317, error.getErrorCode(), "interrupted");
            }
            cancel.get(30, TimeUnit.SECONDS);
            expect("5", value(connection, "select 5"), "after the cancel");
            connection.unwrap(MariaDbConnection.class);
        } finally {
            other.shutdown();
        }
        return 3;
    }

    private static int crowd() throws Exception {
        ExecutorService clients = Executors.newFixedThreadPool(CROWD);
        try (Connection owner = connect()) {
            execute(owner, "create table jdbc_crowd (client int, n int, primary key (client, n))");
            CyclicBarrier everybody = new CyclicBarrier(CROWD);
            List<Future<?>> all = new ArrayList<>();
            for (int client = 0; client < CROWD; client++) {
                int name = client;
                all.add(clients.submit(() -> crowdWork(name, everybody)));
            }
            for (Future<?> one : all) one.get(150, TimeUnit.SECONDS);
            int kept = CROWD_TRANSACTIONS - CROWD_TRANSACTIONS / 3;
            expect(String.valueOf(CROWD * kept), value(owner, "select count(*) from jdbc_crowd"), "all rows");
            execute(owner, "drop table jdbc_crowd");
        } finally {
            clients.shutdownNow();
        }
        return CROWD + 1;
    }

    private static Void crowdWork(int client, CyclicBarrier everybody) throws Exception {
        try (Connection connection = connect("&useServerPrepStmts=" + (client % 2 == 0))) {
            int own = 2000 + client;
            execute(connection, "set session group_concat_max_len = " + own + ", @client = " + client);
            everybody.await(150, TimeUnit.SECONDS);
            connection.setAutoCommit(false);
            int kept = 0;
            for (int n = 0; n < CROWD_TRANSACTIONS; n++) {
                try (PreparedStatement insert =
                        connection.prepareStatement("insert into jdbc_crowd values (?, ?)")) {
                    insert.setInt(1, client);
                    insert.setInt(2, n);
                    insert.executeUpdate();
                }
                String mine = "select concat(count(*), ' ', @@group_concat_max_len, ' ', @client)"
                    + " from jdbc_crowd where client = ?";
                String wanted = (kept + 1) + " " + own + " " + client;
                expect(wanted, value(connection, mine, client), "own rows and settings");
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
