"""asyncpg at its defaults: every query prepared by name, a pool that resets the session at each release."""

import asyncio

import asyncpg

from scenario import CROWD, CROWD_TRANSACTIONS, expect, run

DEADLINE = 150


async def connecting():
    connection = await asyncpg.connect()
    expect("app", await connection.fetchval("select current_user"), "user")
    expect("app", await connection.fetchval("select current_database()"), "database")
    expect("UTF8", connection.get_settings().client_encoding, "encoding")
    expect("naïve Œuvre 日本", await connection.fetchval("select $1::text", "naïve Œuvre 日本"), "text")
    expect([1, 2, None], await connection.fetchval("select $1::int[]", [1, 2, None]), "array")
    # A type that the driver does not know makes it look into the catalogue first.
    expect(True, await connection.fetchval("select $1::int4range @> 3", asyncpg.Range(1, 5)), "range")
    await connection.execute("drop type if exists asyncpg_mood")
    await connection.execute("create type asyncpg_mood as enum ('fine', 'bad')")
    expect("fine", await connection.fetchval("select $1::asyncpg_mood", "fine"), "enumeration")
    await connection.execute("drop type asyncpg_mood")
    await connection.close()
    return 1


async def transactions():
    writer, reader = await asyncpg.connect(), await asyncpg.connect()
    await writer.execute("create table if not exists asyncpg_rows (n int)")
    await writer.execute("truncate asyncpg_rows")
    for n in range(20):
        transaction = writer.transaction()
        await transaction.start()
        await writer.execute("insert into asyncpg_rows values ($1)", n)
        await (transaction.rollback() if n % 2 else transaction.commit())
    expect(10, await reader.fetchval("select count(*) from asyncpg_rows"), "rows")
    try:
        async with writer.transaction(isolation="serializable", readonly=True):
            expect("serializable", await writer.fetchval("show transaction_isolation"), "isolation")
            await writer.execute("insert into asyncpg_rows values (1)")
            raise AssertionError("a read-only transaction wrote")
    except asyncpg.ReadOnlySQLTransactionError:
        pass
    await writer.execute("drop table asyncpg_rows")
    await writer.close()
    await reader.close()
    return 2


async def prepared():
    connection = await asyncpg.connect()
    statement = await connection.prepare("select $1::int + $2::int")
    for n in range(100):
        expect(n + 7, await statement.fetchval(n, 7), "plus")
    # More texts than the driver keeps: it closes the oldest ones.
    for text in range(150):
        expect(text + 1, await connection.fetchval(f"select $1::int + {text}", 1), "many texts")
    expect(9, await statement.fetchval(4, 5), "plus, later")
    await connection.execute("create table if not exists asyncpg_shape (n int)")
    expect([], await connection.fetch("select * from asyncpg_shape"), "before the change")
    await connection.execute("alter table asyncpg_shape add column t text")
    await connection.execute("insert into asyncpg_shape values (1, 'x')")
    found = [tuple(row) for row in await connection.fetch("select * from asyncpg_shape")]
    expect([(1, "x")], found, "after the change")
    await connection.execute("drop table asyncpg_shape")
    await connection.executemany("select $1::int", [(n,) for n in range(500)])
    await connection.close()
    return 1


async def errors():
    connection = await asyncpg.connect()
    for n in range(10):
        try:
            await connection.fetchval("select nonsense")
            raise AssertionError("nonsense ran")
        except asyncpg.UndefinedColumnError:
            pass
        try:
            await connection.fetchval("select 10 / $1::int", 0)
            raise AssertionError("a division by zero ran")
        except asyncpg.DivisionByZeroError:
            pass
        expect(n, await connection.fetchval("select $1::int", n), "after the errors")
    await connection.close()
    return 1


async def savepoints():
    connection = await asyncpg.connect()
    async with connection.transaction():
        await connection.execute("create table asyncpg_kept (n int)")
        await connection.execute("insert into asyncpg_kept values (1)")
        try:
            async with connection.transaction():
                await connection.execute("insert into asyncpg_kept values (2)")
                await connection.fetchval("select 1 / 0")
        except asyncpg.DivisionByZeroError:
            pass
        async with connection.transaction():
            await connection.execute("insert into asyncpg_kept values (3)")
        expect(4, await connection.fetchval("select sum(n) from asyncpg_kept"), "sum")
        await connection.execute("drop table asyncpg_kept")
    await connection.close()
    return 1


async def copying():
    connection = await asyncpg.connect()
    await connection.execute("create table if not exists asyncpg_copy (n int, t text)")
    await connection.execute("truncate asyncpg_copy")
    rows = [(n, f"row {n}") for n in range(10_000)]
    await connection.copy_records_to_table("asyncpg_copy", records=rows)
    expect(10_000, await connection.fetchval("select count(*) from asyncpg_copy"), "rows")
    back = bytearray()

    async def keep(data):
        back.extend(data)

    await connection.copy_from_query("select n, t from asyncpg_copy order by n", output=keep)
    expect("".join(f"{n}\t{t}\n" for n, t in rows), back.decode(), "copied out")
    try:
        await connection.copy_to_table("asyncpg_copy", source=as_source(b"not a number\tx\n" * 5000))
        raise AssertionError("garbage was copied")
    except asyncpg.InvalidTextRepresentationError:
        pass
    expect(10_000, await connection.fetchval("select count(*) from asyncpg_copy"), "rows after the error")
    await connection.execute("drop table asyncpg_copy")
    await connection.close()
    return 1


async def as_source(data):
    yield data


async def reconnects():
    for n in range(50):
        connection = await asyncpg.connect()
        expect(n, await connection.fetchval("select $1::int", n), "n")
        await connection.close()
    return 50


async def settings():
    changed = await asyncpg.connect(server_settings={"application_name": "one"})
    plain = await asyncpg.connect()
    usual = await plain.fetchval("show work_mem")
    await changed.execute("set work_mem = '7MB'; set app.tenant = 'one'")
    for _ in range(20):
        expect("7MB", await changed.fetchval("show work_mem"), "own work_mem")
        expect("one", await changed.fetchval("show application_name"), "own name")
        expect("one", await changed.fetchval("select current_setting('app.tenant')"), "own tenant")
        expect(usual, await plain.fetchval("show work_mem"), "other's work_mem")
        expect("", await plain.fetchval("show application_name"), "other's name")
    await changed.reset()
    expect(usual, await changed.fetchval("show work_mem"), "after the reset")
    expect("one", await changed.fetchval("show application_name"), "name after the reset")
    await changed.close()
    await plain.close()
    return 2


async def cancelling():
    connection = await asyncpg.connect()
    for _ in range(3):
        try:
            await connection.fetchval("select pg_sleep(60)", timeout=0.3)
            raise AssertionError("the statement was not cancelled")
        except asyncio.TimeoutError:
            pass
        expect(1, await connection.fetchval("select 1"), "after the cancel")
    await connection.close()
    return 1


async def listening():
    listener, sender = await asyncpg.connect(), await asyncpg.connect()
    news = asyncio.get_running_loop().create_future()
    await listener.add_listener("asyncpg_news", lambda *heard: news.set_result(heard))
    await sender.execute("notify asyncpg_news, 'hello'")
    heard = await asyncio.wait_for(news, DEADLINE)
    expect(("asyncpg_news", "hello"), heard[2:], "news")
    await listener.reset()
    await listener.close()
    await sender.close()
    return 2


async def cursors():
    connection = await asyncpg.connect()
    async with connection.transaction():
        found = [row[0] async for row in connection.cursor("select generate_series(1, 1000)")]
    expect(list(range(1, 1001)), found, "rows in batches")
    await connection.close()
    return 1


async def pool():
    async with asyncpg.create_pool() as shared:
        async def work(worker):
            for n in range(20):
                async with shared.acquire() as connection:
                    if n == 0:
                        await connection.execute(f"set app.tenant = 'worker {worker}'")
                        tenant = await connection.fetchval("select current_setting('app.tenant')")
                        expect(f"worker {worker}", tenant, "own tenant")
                    else:
                        tenant = await connection.fetchval("select current_setting('app.tenant', true)")
                        expect("", tenant or "", "tenant after the pool's reset")
                    product = await connection.fetchval("select $1::int * $2::int", worker, n)
                    expect(worker * n, product, "product")

        await asyncio.gather(*(work(n) for n in range(30)))
    return 10


async def crowd():
    owner = await asyncpg.connect()
    await owner.execute("drop table if exists asyncpg_crowd")
    await owner.execute("create table asyncpg_crowd (client int, n int, primary key (client, n))")
    arrived, open_all = 0, asyncio.Event()

    async def work(client):
        nonlocal arrived
        connection = await asyncpg.connect(timeout=DEADLINE)
        await connection.execute(f"set app.client = '{client}'")
        arrived += 1
        if arrived == CROWD:
            open_all.set()
        await asyncio.wait_for(open_all.wait(), DEADLINE)
        kept = 0
        for n in range(CROWD_TRANSACTIONS):
            transaction = connection.transaction()
            await transaction.start()
            await connection.execute("insert into asyncpg_crowd values ($1, $2)", client, n)
            found = await connection.fetchrow(
                "select count(*), current_setting('app.client') from asyncpg_crowd where client = $1", client)
            expect((kept + 1, str(client)), tuple(found), "own rows and setting")
            if n % 3 == 2:
                await transaction.rollback()
            else:
                await transaction.commit()
                kept += 1
        await connection.close()

    await asyncio.gather(*(work(n) for n in range(CROWD)))
    kept = CROWD_TRANSACTIONS - CROWD_TRANSACTIONS // 3
    expect(CROWD * kept, await owner.fetchval("select count(*) from asyncpg_crowd"), "all rows")
    await owner.execute("drop table asyncpg_crowd")
    await owner.close()
    return CROWD + 1


def from_start(scenario):
    return lambda: asyncio.run(scenario())


run("asyncpg", asyncpg.__version__, {name: from_start(scenario) for name, scenario in {
    "connect": connecting, "transactions": transactions, "prepared": prepared, "errors": errors,
    "savepoints": savepoints, "copy": copying, "reconnects": reconnects, "settings": settings,
    "cancel": cancelling, "listen": listening, "cursor": cursors, "pool": pool, "crowd": crowd,
}.items()})
