"""psycopg2 at its defaults: simple protocol, BEGIN before the first statement, client-side parameters."""

import io
import select
import threading

import psycopg2
import psycopg2.errors
import psycopg2.extensions
import psycopg2.pool

from scenario import CROWD, CROWD_TRANSACTIONS, expect, run


RUNS = "select count(*) from pg_stat_activity where state = 'active' and query like %s"


def connect():
    return psycopg2.connect("")


def value(cursor, sql, parameters=None):
    cursor.execute(sql, parameters)
    return cursor.fetchone()[0]


def connecting():
    connection = connect()
    with connection.cursor() as cursor:
        expect("app", value(cursor, "select current_user"), "user")
        expect("app", value(cursor, "select current_database()"), "database")
        expect("UTF8", connection.get_parameter_status("client_encoding"), "client_encoding")
        version = value(cursor, "show server_version")
        expect(version, connection.get_parameter_status("server_version"), "version")
        expect("naïve Œuvre 日本", value(cursor, "select %s", ("naïve Œuvre 日本",)), "text")
    connection.close()
    return 1


def transactions():
    writer, reader = connect(), connect()
    with writer.cursor() as write, reader.cursor() as read:
        write.execute("create table if not exists psycopg2_rows (n int)")
        write.execute("truncate psycopg2_rows")
        writer.commit()
        for n in range(20):
            write.execute("insert into psycopg2_rows values (%s)", (n,))
            if n % 2:
                writer.rollback()
            else:
                writer.commit()
        expect(10, value(read, "select count(*) from psycopg2_rows"), "rows")
        reader.rollback()
        writer.set_session(isolation_level="SERIALIZABLE", readonly=True)
        expect("serializable", value(write, "show transaction_isolation"), "isolation")
        try:
            write.execute("insert into psycopg2_rows values (1)")
            raise AssertionError("a read-only transaction wrote")
        except psycopg2.errors.ReadOnlySqlTransaction:
            writer.rollback()
        writer.set_session(isolation_level="DEFAULT", readonly=False, autocommit=True)
        write.execute("drop table psycopg2_rows")
    writer.close()
    reader.close()
    return 2


def prepared():
    connection = connect()
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("prepare plus as select $1::int + $2::int")
        for n in range(100):
            expect(n + 7, value(cursor, "execute plus (%s, 7)", (n,)), "plus")
        cursor.execute("deallocate plus")
        try:
            cursor.execute("execute plus (1, 2)")
            raise AssertionError("a deallocated statement ran")
        except psycopg2.errors.InvalidSqlStatementName:
            pass
        expect(1, value(cursor, "select 1"), "after the error")
    connection.close()
    return 1


def errors():
    connection = connect()
    with connection.cursor() as cursor:
        for _ in range(10):
            try:
                cursor.execute("select nonsense")
                raise AssertionError("nonsense ran")
            except psycopg2.errors.UndefinedColumn:
                pass
            try:
                cursor.execute("select 1")
                raise AssertionError("a failed transaction went on")
            except psycopg2.errors.InFailedSqlTransaction:
                connection.rollback()
            expect(1, value(cursor, "select 1"), "after the rollback")
            connection.commit()
    connection.close()
    return 1


def savepoints():
    connection = connect()
    with connection.cursor() as cursor:
        cursor.execute("create table psycopg2_kept (n int)")
        cursor.execute("insert into psycopg2_kept values (1); savepoint one;"
                       " insert into psycopg2_kept values (2)")
        try:
            cursor.execute("select 1 / 0")
        except psycopg2.errors.DivisionByZero:
            cursor.execute("rollback to savepoint one")
        cursor.execute("insert into psycopg2_kept values (3); release savepoint one")
        expect(4, value(cursor, "select sum(n) from psycopg2_kept"), "sum")
        cursor.execute("drop table psycopg2_kept")
        connection.commit()
    connection.close()
    return 1


def copying():
    connection = connect()
    with connection.cursor() as cursor:
        cursor.execute("create table if not exists psycopg2_copy (n int, t text)")
        cursor.execute("truncate psycopg2_copy")
        rows = "".join(f"{n}\trow {n}\n" for n in range(10_000))
        cursor.copy_expert("copy psycopg2_copy from stdin", io.StringIO(rows))
        expect(10_000, value(cursor, "select count(*) from psycopg2_copy"), "rows")
        connection.commit()
        back = io.StringIO()
        cursor.copy_expert("copy (select * from psycopg2_copy order by n) to stdout", back)
        expect(rows, back.getvalue(), "copied out")
        try:
            cursor.copy_expert("copy psycopg2_copy from stdin", io.StringIO("not a number\tx\n" * 5000))
            raise AssertionError("garbage was copied")
        except psycopg2.errors.InvalidTextRepresentation:
            connection.rollback()
        expect(10_000, value(cursor, "select count(*) from psycopg2_copy"), "rows after the error")
        cursor.execute("drop table psycopg2_copy")
        connection.commit()
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
    changed, plain = connect(), connect()
    changed.autocommit = plain.autocommit = True
    with changed.cursor() as one, plain.cursor() as other:
        usual = value(other, "show work_mem")
        one.execute("set work_mem = '7MB'; set time zone 'Asia/Tokyo'; set app.tenant = 'one'")
        expect("Asia/Tokyo", changed.get_parameter_status("TimeZone"), "reported zone")
        for _ in range(20):
            expect("7MB", value(one, "show work_mem"), "own work_mem")
            expect("one", value(one, "select current_setting('app.tenant')"), "own tenant")
            expect(usual, value(other, "show work_mem"), "other's work_mem")
            tenant = value(other, "select coalesce(current_setting('app.tenant', true), '')")
            expect("", tenant, "other's tenant")
        changed.autocommit = False
        one.execute("set local statement_timeout = '50ms'")
        try:
            one.execute("select pg_sleep(30)")
            raise AssertionError("the time limit was not kept")
        except psycopg2.errors.QueryCanceled:
            changed.rollback()
        expect("0", value(one, "show statement_timeout"), "after the rollback")
    changed.close()
    plain.close()
    return 2


def cancelling():
    connection, watcher = connect(), connect()
    watcher.autocommit = True
    thread = threading.Thread(target=cancel_when_it_runs, args=(connection, watcher))
    with connection.cursor() as cursor:
        thread.start()
        try:
            cursor.execute("select pg_sleep(90) /* psycopg2 */")
            raise AssertionError("the statement was not cancelled")
        except psycopg2.errors.QueryCanceled:
            connection.rollback()
        thread.join()
        expect(1, value(cursor, "select 1"), "after the cancel")
    connection.close()
    watcher.close()
    return 2


def cancel_when_it_runs(connection, watcher):
    with watcher.cursor() as cursor:
        while not value(cursor, RUNS, ("select pg_sleep(90) /* psycopg2%",)):
            cursor.execute("select pg_sleep(0.02)")
    connection.cancel()


def listening():
    listener, sender = connect(), connect()
    listener.autocommit = sender.autocommit = True
    with listener.cursor() as cursor, sender.cursor() as other:
        cursor.execute("listen psycopg2_news")
        other.execute("notify psycopg2_news, 'hello'")
        while not listener.notifies:
            ready, _, _ = select.select([listener], [], [], 30)
            expect(True, bool(ready), "a notification arrived")
            listener.poll()
        news = listener.notifies[0]
        expect(("psycopg2_news", "hello"), (news.channel, news.payload), "news")
        cursor.execute("unlisten *")
    listener.close()
    sender.close()
    return 2


def pool():
    shared = psycopg2.pool.ThreadedConnectionPool(1, 10)
    failures = []

    def work(worker):
        try:
            for n in range(20):
                connection = shared.getconn()
                with connection.cursor() as cursor:
                    expect(worker * n, value(cursor, "select %s * %s", (worker, n)), "product")
                shared.putconn(connection)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shared.closeall()
    if failures:
        raise failures[0]
    return 10


def crowd():
    owner = connect()
    owner.autocommit = True
    with owner.cursor() as cursor:
        cursor.execute("drop table if exists psycopg2_crowd")
        cursor.execute("create table psycopg2_crowd (client int, n int, primary key (client, n))")
    everybody = threading.Barrier(CROWD, timeout=150)
    failures = []

    def work(client):
        try:
            connection = connect()
            with connection.cursor() as cursor:
                cursor.execute("set app.client = %s", (str(client),))
                connection.commit()
                everybody.wait()
                kept = 0
                for n in range(CROWD_TRANSACTIONS):
                    cursor.execute("insert into psycopg2_crowd values (%s, %s)", (client, n))
                    cursor.execute("select count(*), current_setting('app.client') from psycopg2_crowd"
                                   " where client = %s", (client,))
                    expect((kept + 1, str(client)), cursor.fetchone(), "own rows and setting")
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
        expect(CROWD * kept, value(cursor, "select count(*) from psycopg2_crowd"), "all rows")
        cursor.execute("drop table psycopg2_crowd")
    owner.close()
    return CROWD + 1


run("psycopg2", psycopg2.__version__.split()[0], {
    "connect": connecting, "transactions": transactions, "prepared": prepared, "errors": errors,
    "savepoints": savepoints, "copy": copying, "reconnects": reconnects, "settings": settings,
    "cancel": cancelling, "listen": listening, "pool": pool, "crowd": crowd,
})
