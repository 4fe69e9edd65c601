"""psycopg 3 at its defaults: extended protocol, statements prepared after five uses, BEGIN when needed."""

import asyncio
import threading

import psycopg
from psycopg import errors as sqlstate
from psycopg_pool import ConnectionPool

from scenario import CROWD, CROWD_TRANSACTIONS, expect, run


RUNS = "select count(*) from pg_stat_activity where state = 'active' and query like %s"


def connect(**options):
    return psycopg.connect("", **options)


def value(connection, sql, parameters=None):
    return connection.execute(sql, parameters).fetchone()[0]


def connecting():
    with connect() as connection:
        expect("app", value(connection, "select current_user"), "user")
        expect("app", value(connection, "select current_database()"), "database")
        expect("utf-8", connection.info.encoding, "encoding")
        expect("naïve Œuvre 日本", value(connection, "select %s", ("naïve Œuvre 日本",)), "text")
        expect([1, 2, None], value(connection, "select %s", ([1, 2, None],)), "array")
    return 1


def transactions():
    with connect() as writer, connect() as reader:
        writer.execute("create table if not exists psycopg3_rows (n int)")
        writer.execute("truncate psycopg3_rows")
        writer.commit()
        for n in range(20):
            writer.execute("insert into psycopg3_rows values (%s)", (n,))
            if n % 2:
                writer.rollback()
            else:
                writer.commit()
        expect(10, value(reader, "select count(*) from psycopg3_rows"), "rows")
        reader.rollback()
        writer.isolation_level = psycopg.IsolationLevel.SERIALIZABLE
        writer.read_only = True
        expect("serializable", value(writer, "show transaction_isolation"), "isolation")
        try:
            writer.execute("insert into psycopg3_rows values (1)")
            raise AssertionError("a read-only transaction wrote")
        except sqlstate.ReadOnlySqlTransaction:
            writer.rollback()
        writer.isolation_level = writer.read_only = None
        writer.execute("drop table psycopg3_rows")
    return 2


def prepared():
    with connect(autocommit=True) as connection:
        for n in range(100):
            expect(n + 7, value(connection, "select %s::int4 + 7", (n,)), "plus")
        # More texts than the driver keeps: it deallocates the oldest ones.
        for text in range(150):
            for n in range(6):
                expect(n + text, value(connection, f"select %s::int4 + {text}", (n,)), "many texts")
        with connection.transaction():
            for n in range(20):
                expect(str(n), value(connection, "select %s::text", (n,), ), "inside a transaction")
    return 1


def errors():
    with connect() as connection:
        for _ in range(10):
            try:
                connection.execute("select nonsense")
                raise AssertionError("nonsense ran")
            except sqlstate.UndefinedColumn:
                pass
            try:
                connection.execute("select 1")
                raise AssertionError("a failed transaction went on")
            except sqlstate.InFailedSqlTransaction:
                connection.rollback()
            expect(1, value(connection, "select 1"), "after the rollback")
            connection.commit()
    return 1


def savepoints():
    with connect() as connection:
        with connection.transaction():
            connection.execute("create table psycopg3_kept (n int)")
            connection.execute("insert into psycopg3_kept values (1)")
            try:
                with connection.transaction():
                    connection.execute("insert into psycopg3_kept values (2)")
                    connection.execute("select 1 / 0")
            except sqlstate.DivisionByZero:
                pass
            with connection.transaction():
                connection.execute("insert into psycopg3_kept values (3)")
            expect(4, value(connection, "select sum(n) from psycopg3_kept"), "sum")
            connection.execute("drop table psycopg3_kept")
    return 1


def copying():
    with connect() as connection:
        connection.execute("create table if not exists psycopg3_copy (n int, t text)")
        connection.execute("truncate psycopg3_copy")
        with connection.cursor().copy("copy psycopg3_copy from stdin") as copy:
            for n in range(10_000):
                copy.write_row((n, f"row {n}"))
        expect(10_000, value(connection, "select count(*) from psycopg3_copy"), "rows")
        connection.commit()
        sql = "copy (select n from psycopg3_copy order by n) to stdout (format binary)"
        with connection.cursor().copy(sql) as copy:
            copy.set_types(["int4"])
            expect(list(range(10_000)), [row[0] for row in copy.rows()], "copied out")
        try:
            with connection.cursor().copy("copy psycopg3_copy from stdin") as copy:
                for _ in range(5000):
                    copy.write("not a number\tx\n")
            raise AssertionError("garbage was copied")
        except sqlstate.InvalidTextRepresentation:
            connection.rollback()
        try:
            with connection.cursor().copy("copy psycopg3_copy from stdin") as copy:
                copy.write_row((1, "x"))
                raise KeyError("the program changes its mind")
        except (KeyError, sqlstate.QueryCanceled):
            connection.rollback()
        expect(10_000, value(connection, "select count(*) from psycopg3_copy"), "rows after the errors")
        connection.execute("drop table psycopg3_copy")
    return 1


def reconnects():
    for n in range(50):
        with connect() as connection:
            expect(n, value(connection, "select %s", (n,)), "n")
    return 50


def settings():
    with connect(autocommit=True) as changed, connect(autocommit=True) as plain:
        usual = value(plain, "show work_mem")
        changed.execute("set work_mem = '7MB'")
        changed.execute("select set_config('app.tenant', %s, false)", ("one",))
        for _ in range(20):
            expect("7MB", value(changed, "show work_mem"), "own work_mem")
            expect("one", value(changed, "select current_setting('app.tenant')"), "own tenant")
            expect(usual, value(plain, "show work_mem"), "other's work_mem")
            tenant = value(plain, "select coalesce(current_setting('app.tenant', true), '')")
            expect("", tenant, "other's tenant")
        changed.execute("reset all")
        expect(usual, value(changed, "show work_mem"), "after the reset")
    return 2


def pipelines():
    with connect(autocommit=True) as connection:
        with connection.pipeline():
            cursors = [connection.execute("select %s::int4", (n,)) for n in range(200)]
        expect(list(range(200)), [cursor.fetchone()[0] for cursor in cursors], "answers in order")
        try:
            with connection.pipeline():
                connection.execute("select 1")
                connection.execute("select nonsense")
                connection.execute("select 2")
            raise AssertionError("nonsense ran")
        except (sqlstate.UndefinedColumn, psycopg.errors.PipelineAborted):
            pass
        expect(3, value(connection, "select 3"), "after the error")
    return 1


def cancelling():
    with connect() as connection, connect(autocommit=True) as watcher:
        thread = threading.Thread(target=cancel_when_it_runs, args=(connection, watcher))
        thread.start()
        try:
            connection.execute("select pg_sleep(90) /* psycopg3 */")
            raise AssertionError("the statement was not cancelled")
        except sqlstate.QueryCanceled:
            connection.rollback()
        thread.join()
        expect(1, value(connection, "select 1"), "after the cancel")
    return 2


def cancel_when_it_runs(connection, watcher):
    while not value(watcher, RUNS, ("select pg_sleep(90) /* psycopg3%",)):
        watcher.execute("select pg_sleep(0.02)")
    connection.cancel()


def listening():
    with connect(autocommit=True) as listener, connect(autocommit=True) as sender:
        listener.execute("listen psycopg3_news")
        sender.execute("select pg_notify('psycopg3_news', %s)", ("hello",))
        news = next(listener.notifies())
        expect(("psycopg3_news", "hello"), (news.channel, news.payload), "news")
        listener.execute("unlisten *")
    return 2


def cursors():
    with connect() as connection:
        with connection.cursor("reader") as cursor:
            cursor.execute("select generate_series(1, 1000)")
            expect(list(range(1, 1001)), [row[0] for row in cursor], "rows in batches")
    return 1


def pool():
    with ConnectionPool() as shared:
        failures = []

        def work(worker):
            try:
                for n in range(20):
                    with shared.connection() as connection:
                        expect(worker * n, value(connection, "select %s::int4 * %s", (worker, n)), "product")
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]
    return 4


async def crowd_client(client, everybody):
    connection = await psycopg.AsyncConnection.connect("")
    async with connection:
        await connection.execute("select set_config('app.client', %s, false)", (str(client),))
        await connection.commit()
        await everybody()
        kept = 0
        for n in range(CROWD_TRANSACTIONS):
            await connection.execute("insert into psycopg3_crowd values (%s, %s)", (client, n))
            found = await connection.execute(
                "select count(*), current_setting('app.client') from psycopg3_crowd where client = %s",
                (client,))
            expect((kept + 1, str(client)), await found.fetchone(), "own rows and setting")
            if n % 3 == 2:
                await connection.rollback()
            else:
                await connection.commit()
                kept += 1


def crowd():
    with connect(autocommit=True) as owner:
        owner.execute("drop table if exists psycopg3_crowd")
        owner.execute("create table psycopg3_crowd (client int, n int, primary key (client, n))")

    async def everyone():
        arrived, open_all = 0, asyncio.Event()

        async def everybody():
            nonlocal arrived
            arrived += 1
            if arrived == CROWD:
                open_all.set()
            await asyncio.wait_for(open_all.wait(), 150)

        await asyncio.gather(*(crowd_client(n, everybody) for n in range(CROWD)))

    asyncio.run(everyone())
    with connect(autocommit=True) as owner:
        kept = CROWD_TRANSACTIONS - CROWD_TRANSACTIONS // 3
        expect(CROWD * kept, value(owner, "select count(*) from psycopg3_crowd"), "all rows")
        owner.execute("drop table psycopg3_crowd")
    return CROWD + 2


run("psycopg 3", psycopg.__version__, {
    "connect": connecting, "transactions": transactions, "prepared": prepared, "errors": errors,
    "savepoints": savepoints, "copy": copying, "reconnects": reconnects, "settings": settings,
    "pipeline": pipelines, "cancel": cancelling, "listen": listening, "cursor": cursors, "pool": pool,
    "crowd": crowd,
})
