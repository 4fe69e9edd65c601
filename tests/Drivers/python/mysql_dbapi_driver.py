"""PyMySQL and mysqlclient at their defaults: text protocol, parameters put in here, autocommit off."""

import importlib
import os
import sys
import tempfile
import threading

from scenario import CROWD, CROWD_TRANSACTIONS, DATABASE, HOST, PASSWORD, PORT, USER, expect, run

DRIVER = sys.argv.pop(1)
api = importlib.import_module({"PyMySQL": "pymysql", "mysqlclient": "MySQLdb"}[DRIVER])

RUNS = ("select count(*) from information_schema.processlist"
        " where info like 'select sleep(90) /* dbapi%' and id <> connection_id()")


def connect(**options):
    return api.connect(host=HOST, port=PORT, user=USER, password=PASSWORD, database=DATABASE, **options)


def value(cursor, sql, parameters=None):
    cursor.execute(sql, parameters)
    return cursor.fetchone()[0]


def expect_error(code, action, what):
    try:
        action()
    except api.Error as error:
        expect(code, error.args[0], what)
        return
    raise AssertionError(f"{what}: no error")


def connecting():
    connection = connect(charset="utf8mb4")
    with connection.cursor() as cursor:
        expect("app", value(cursor, "select substring_index(current_user(), '@', 1)"), "user")
        expect("app", value(cursor, "select database()"), "database")
        expect("naïve Œuvre 日本", value(cursor, "select %s", ("naïve Œuvre 日本",)), "text")
        expect("utf8mb4", value(cursor, "select @@character_set_client"), "character set")
        version = value(cursor, "select version()")
        expect(True, connection.get_server_info().endswith(version), "version")
    connection.ping()
    connection.close()
    tuned = connect(charset="latin1", init_command="set session sql_mode = 'ANSI_QUOTES'", autocommit=True)
    with tuned.cursor() as cursor:
        expect("ANSI_QUOTES", value(cursor, "select @@sql_mode"), "init_command")
        expect(1, value(cursor, "select @@autocommit"), "autocommit")
        expect("latin1", value(cursor, "select @@character_set_client"), "latin1")
    tuned.close()
    return 2


def transactions():
    writer, reader = connect(), connect(autocommit=True)
    with writer.cursor() as write, reader.cursor() as read:
        write.execute("create table dbapi_rows (n int)")
        for n in range(20):
            write.execute("insert into dbapi_rows values (%s)", (n,))
            if n % 2:
                writer.rollback()
            else:
                writer.commit()
        expect(10, value(read, "select count(*) from dbapi_rows"), "rows")
        write.execute("set transaction read only")
        writer.begin()
        expect_error(1792, lambda: write.execute("insert into dbapi_rows values (1)"), "read only")
        writer.rollback()
        write.execute("insert into dbapi_rows values (99)")
        expect(10, value(read, "select count(*) from dbapi_rows"), "rows before the commit")
        writer.commit()
        expect(11, value(read, "select count(*) from dbapi_rows"), "rows after the commit")
        write.execute("drop table dbapi_rows")
    writer.close()
    reader.close()
    return 2


def prepared():
    connection = connect(autocommit=True)
    with connection.cursor() as cursor:
        cursor.execute("create table dbapi_many (id int auto_increment primary key, n int, t text)")
        many = [(n, f"row {n}") for n in range(500)]
        cursor.executemany("insert into dbapi_many (n, t) values (%s, %s)", many)
        expect(500, cursor.rowcount, "rows of executemany")
        expect((500, 124750), row(cursor, "select count(*), sum(n) from dbapi_many"), "many")
        cursor.execute("insert into dbapi_many (n, t) values (1, 'one')")
        key = cursor.lastrowid
        expect(key, value(cursor, "select last_insert_id()"), "key")
        expect(key, value(cursor, "select max(id) from dbapi_many"), "greatest key")
        cursor.execute("drop table dbapi_many")
    connection.close()
    return 1


def row(cursor, sql):
    cursor.execute(sql)
    return cursor.fetchone()


def errors():
    connection = connect()
    with connection.cursor() as cursor:
        cursor.execute("create table dbapi_unique (n int primary key)")
        for n in range(10):
            expect_error(1054, lambda: cursor.execute("select nonsense"), "no such column")
            expect_error(1064, lambda: cursor.execute("nonsense"), "no SQL")
            cursor.execute("insert into dbapi_unique values (1)")
            expect_error(1062, lambda: cursor.execute("insert into dbapi_unique values (1)"), "twice")
            expect(1, value(cursor, "select count(*) from dbapi_unique"), "still there")
            connection.rollback()
            expect(n, value(cursor, "select %s", (n,)), "after the errors")
        cursor.execute("select cast('x' as signed)")
        cursor.fetchall()
        cursor.execute("show warnings")
        expect(1292, cursor.fetchone()[1], "warning")
        cursor.execute("drop table dbapi_unique")
    connection.close()
    return 1


def savepoints():
    connection = connect()
    with connection.cursor() as cursor:
        cursor.execute("create table dbapi_kept (n int primary key)")
        cursor.execute("insert into dbapi_kept values (1)")
        cursor.execute("savepoint one")
        cursor.execute("insert into dbapi_kept values (2)")
        expect_error(1062, lambda: cursor.execute("insert into dbapi_kept values (2)"), "twice")
        cursor.execute("rollback to savepoint one")
        cursor.execute("insert into dbapi_kept values (3)")
        cursor.execute("release savepoint one")
        expect(4, value(cursor, "select sum(n) from dbapi_kept"), "sum")
        connection.commit()
        cursor.execute("drop table dbapi_kept")
    connection.close()
    return 1


def loading():
    connection = connect(local_infile=True)
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file, connection.cursor() as cursor:
        file.writelines(f"{n}\trow {n}\n" for n in range(10_000))
        file.flush()
        cursor.execute("create table dbapi_load (n int, t varchar(20))")
        cursor.execute("load data local infile %s into table dbapi_load", (file.name,))
        expect(10_000, value(cursor, "select count(*) from dbapi_load"), "rows")
        connection.commit()
        missing = os.path.join(os.path.dirname(file.name), "there is no such file")
        try:
            cursor.execute("load data local infile %s into table dbapi_load", (missing,))
            raise AssertionError("a file that is not there was loaded")
        except api.Error:
            connection.rollback()
        expect(10_000, value(cursor, "select count(*) from dbapi_load"), "rows after the error")
        cursor.execute("drop table dbapi_load")
    connection.close()
    return 1


def reconnects():
    for n in range(50):
        connection = connect()
        with connection.cursor() as cursor:
            expect(n, value(cursor, "select %s", (n,)), "n")
        connection.close()
    return 50


def settings():
    changed, plain = connect(autocommit=True), connect(autocommit=True)
    with changed.cursor() as one, plain.cursor() as other:
        usual = value(other, "select @@sort_buffer_size")
        one.execute("set session sort_buffer_size = 98304, time_zone = '+09:00', @tenant = 'one'")
        for _ in range(20):
            expect(98304, value(one, "select @@sort_buffer_size"), "own size")
            expect("one", value(one, "select @tenant"), "own tenant")
            expect("+09:00", value(one, "select @@time_zone"), "own zone")
            expect(usual, value(other, "select @@sort_buffer_size"), "other's size")
            expect(None, value(other, "select @tenant"), "other's tenant")
        changed.select_db("information_schema")
        expect("information_schema", value(one, "select database()"), "schema")
        one.execute("set session sort_buffer_size = default")
        expect(usual, value(one, "select @@sort_buffer_size"), "after default")
    changed.close()
    plain.close()
    return 2


def cursors():
    cursor_class = importlib.import_module(f"{api.__name__}.cursors").SSCursor
    connection = connect()
    with connection.cursor() as cursor:
        cursor.execute("create table dbapi_long (n int)")
        cursor.executemany("insert into dbapi_long values (%s)", [(n,) for n in range(1000)])
        connection.commit()
    with connection.cursor(cursor_class) as cursor:
        cursor.execute("select n from dbapi_long order by n")
        found = []
        while rows := cursor.fetchmany(100):
            found += [n for n, in rows]
        expect(list(range(1000)), found, "rows as they come")
    with connection.cursor() as cursor:
        cursor.execute("drop table dbapi_long")
    connection.close()
    return 1


def cancelling():
    connection, watcher = connect(autocommit=True), connect(autocommit=True)
    thread = threading.Thread(target=cancel_when_it_runs, args=(connection, watcher))
    with connection.cursor() as cursor:
        thread.start()
        try:
            # MySQL's sleep tells by its value that it was interrupted, MariaDB's statement fails.
            expect(1, value(cursor, "select sleep(90) /* dbapi */"), "interrupted")
        except api.OperationalError as error:
            expect(1317, error.args[0], "interrupted")
        thread.join()
        expect(5, value(cursor, "select 5"), "after the cancel")
    other = connect()
    with watcher.cursor() as cursor:
        cursor.execute(f"kill {other.thread_id()}")
    with other.cursor() as cursor:
        try:
            cursor.execute("select 1")
            raise AssertionError("a killed session went on")
        except api.OperationalError as error:
            expect(True, error.args[0] in (2006, 2013, 1927), f"killed: {error}")
    connection.close()
    watcher.close()
    return 3


def cancel_when_it_runs(connection, watcher):
    with watcher.cursor() as cursor:
        while not value(cursor, RUNS):
            cursor.execute("select sleep(0.02)")
            cursor.fetchall()
        cursor.execute(f"kill query {connection.thread_id()}")


def crowd():
    owner = connect(autocommit=True)
    with owner.cursor() as cursor:
        cursor.execute("create table dbapi_crowd (client int, n int, primary key (client, n))")
    everybody = threading.Barrier(CROWD, timeout=150)
    failures = []

    def work(client):
        try:
            connection = connect()
            with connection.cursor() as cursor:
                cursor.execute("set session group_concat_max_len = %s, @client = %s", (2000 + client, client))
                connection.commit()
                everybody.wait()
                kept = 0
                for n in range(CROWD_TRANSACTIONS):
                    cursor.execute("insert into dbapi_crowd values (%s, %s)", (client, n))
                    cursor.execute("select count(*), @@group_concat_max_len, @client from dbapi_crowd"
                                   " where client = %s", (client,))
                    expect((kept + 1, 2000 + client, client), cursor.fetchone(), "own rows and settings")
                    if n % 3 == 2:
                        connection.rollback()
                    else:
                        connection.commit()
                        kept += 1
            connection.close()
        except BaseException as error:
            failures.append(error)
            everybody.abort()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(CROWD)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    with owner.cursor() as cursor:
        kept = CROWD_TRANSACTIONS - CROWD_TRANSACTIONS // 3
        expect(CROWD * kept, value(cursor, "select count(*) from dbapi_crowd"), "all rows")
        cursor.execute("drop table dbapi_crowd")
    owner.close()
    return CROWD + 1


run(DRIVER, api.__version__, {
    "connect": connecting, "transactions": transactions, "prepared": prepared, "errors": errors,
    "savepoints": savepoints, "load": loading, "reconnects": reconnects, "settings": settings,
    "cursor": cursors, "cancel": cancelling, "crowd": crowd,
})
