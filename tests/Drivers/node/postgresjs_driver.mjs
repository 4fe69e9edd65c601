// postgres.js at its defaults: every query prepared by name, pipelined, described first, types looked up.

import { once } from 'node:events'
import postgres from 'postgres'
import { barrier, crowdClients, crowdTransactions, expect, expectError, run } from './scenario.mjs'

/** One session; the driver's own default is a pool of ten. */
const connectOne = options => postgres({ max: 1, onnotice: () => {}, ...options })

async function connecting() {
  const sql = connectOne()
  const [row] = await sql`select current_user as who, current_database() as base`
  expect({ who: 'app', base: 'app' }, { ...row }, 'user and database')
  expect('UTF8', sql.parameters?.client_encoding ?? 'UTF8', 'encoding')
  const [{ text }] = await sql`select ${'naïve Œuvre 日本'}::text as text`
  expect('naïve Œuvre 日本', text, 'text')
  const [{ list }] = await sql`select ${sql.array([1, 2, 3])}::int[] as list`
  expect([1, 2, 3], list, 'array')
  await sql.end()
  const tuned = connectOne({ connection: { application_name: 'tuned', work_mem: '6MB' } })
  const [{ name, memory }] = await tuned`
    select current_setting('application_name') as name, current_setting('work_mem') as memory`
  expect(['tuned', '6MB'], [name, memory], 'start-up parameters')
  await tuned.end()
  return 2
}

async function transactions() {
  const writer = connectOne()
  const reader = connectOne()
  await writer`create table if not exists postgresjs_rows (n int)`
  await writer`truncate postgresjs_rows`
  for (let n = 0; n < 20; n++) {
    const work = writer.begin(async sql => {
      await sql`insert into postgresjs_rows values (${n})`
      if (n % 2) throw new Error('changed its mind')
    })
    await work.catch(error => expect('changed its mind', error.message, 'rollback'))
  }
  const [{ count }] = await reader`select count(*)::int from postgresjs_rows`
  expect(10, count, 'rows')
  const readOnly = () => writer.begin('isolation level serializable read only', async sql => {
    const [{ transaction_isolation: isolation }] = await sql`show transaction_isolation`
    expect('serializable', isolation, 'isolation')
    await sql`insert into postgresjs_rows values (1)`
  })
  await expectError('25006', readOnly, 'read-only')
  await writer`drop table postgresjs_rows`
  await writer.end()
  await reader.end()
  return 2
}

async function prepared() {
  const sql = connectOne()
  for (let n = 0; n < 100; n++) {
    const [{ sum }] = await sql`select ${n}::int + 7 as sum`
    expect(n + 7, sum, 'plus')
  }
  for (let text = 0; text < 50; text++) {
    for (let n = 0; n < 3; n++) {
      const [{ sum }] = await sql.unsafe(`select $1::int + ${text} as sum`, [n], { prepare: true })
      expect(n + text, sum, 'many texts')
    }
  }
  const numbers = Array.from({ length: 200 }, (_, n) => n)
  const answers = await Promise.all(numbers.map(n => sql`select ${n}::int * 2 as twice`))
  expect(numbers.map(n => 2 * n), answers.map(([a]) => a.twice), 'answers in order')
  const [{ described }] = await sql.unsafe('select $1::text as described', ['unnamed'])
  expect('unnamed', described, 'unnamed')
  const columns = (await sql`select 1 as one, 'x' as two`.describe()).columns
  expect(['one', 'two'], columns.map(c => c.name), 'described')
  await sql.end()
  return 1
}

async function errors() {
  const sql = connectOne()
  for (let n = 0; n < 10; n++) {
    await expectError('42703', () => sql`select nonsense`, 'prepare')
    await expectError('22012', () => sql`select 1 / ${0}::int`, 'execute')
    // Errors between answers of the same pipeline.
    const [first, second, third] = await Promise.allSettled(
      [sql`select ${n}::int as n`, sql`select 1 / ${0}::int`, sql`select ${n + 1}::int as n`])
    expect([n, '22012', n + 1], [first.value[0].n, second.reason.code, third.value[0].n], 'pipeline')
  }
  await sql.end()
  return 1
}

async function savepoints() {
  const sql = connectOne()
  await sql.begin(async sql => {
    await sql`create table postgresjs_kept (n int)`
    await sql`insert into postgresjs_kept values (1)`
    const inner = () => sql.savepoint(async sql => {
      await sql`insert into postgresjs_kept values (2)`
      await sql`select 1 / ${0}::int`
    })
    await expectError('22012', inner, 'division')
    await sql.savepoint(sql => sql`insert into postgresjs_kept values (3)`)
    const [{ sum }] = await sql`select sum(n)::int from postgresjs_kept`
    expect(4, sum, 'sum')
    await sql`drop table postgresjs_kept`
  })
  await sql.end()
  return 1
}

async function copying() {
  const sql = connectOne()
  await sql`create table if not exists postgresjs_copy (n int, t text)`
  await sql`truncate postgresjs_copy`
  const rows = Array.from({ length: 10000 }, (_, n) => `${n}\trow ${n}\n`)
  const into = await sql`copy postgresjs_copy from stdin`.writable()
  for (const row of rows) into.write(row)
  into.end()
  await once(into, 'finish')
  const [{ count }] = await sql`select count(*)::int from postgresjs_copy`
  expect(10000, count, 'rows')
  let back = ''
  // Few rows: with more than a stream's buffer the driver may leave its socket paused for good.
  const some = sql`copy (select * from postgresjs_copy order by n limit 500) to stdout`
  for await (const data of await some.readable()) back += data
  expect(rows.slice(0, 500).join(''), back, 'copied out')
  await sql`drop table postgresjs_copy`
  await sql.end()
  return 1
}

async function reconnects() {
  for (let n = 0; n < 50; n++) {
    const sql = connectOne()
    const [row] = await sql`select ${n}::int as n`
    expect(n, row.n, 'n')
    await sql.end()
  }
  return 50
}

async function settings() {
  const changed = connectOne()
  const plain = connectOne()
  const [{ work_mem: usual }] = await plain`show work_mem`
  await changed`set work_mem = '7MB'`
  await changed`select set_config('app.tenant', ${'one'}, false)`
  for (let n = 0; n < 20; n++) {
    const view = sql => sql`
      select current_setting('work_mem') as memory,
        coalesce(current_setting('app.tenant', true), '') as tenant`
    const [[own], [other]] = await Promise.all([view(changed), view(plain)])
    expect(['7MB', 'one'], [own.memory, own.tenant], 'own settings')
    expect([usual, ''], [other.memory, other.tenant], "other's settings")
  }
  await changed.end()
  await plain.end()
  return 2
}

async function cancelling() {
  const sql = connectOne()
  const watcher = connectOne()
  const slow = sql`select pg_sleep(90) /* postgresjs */`.execute()
  const runs = async () => (await watcher`
    select from pg_stat_activity
    where state = 'active' and query like 'select pg_sleep(90) /* postgresjs%'`).count
  while (!await runs()) await watcher`select pg_sleep(0.02)`
  const failed = expectError('57014', () => slow, 'cancelled')
  // One that is still on its way would hit the next statement.
  await slow.cancel()
  await failed
  const [{ one }] = await sql`select 1 as one`
  expect(1, one, 'after the cancel')
  await sql.end()
  await watcher.end()
  return 2
}

async function cursors() {
  const sql = connectOne()
  const found = []
  for await (const rows of sql`select generate_series(1, 1000) as n`.cursor(100))
    found.push(...rows.map(row => row.n))
  expect(Array.from({ length: 1000 }, (_, n) => n + 1), found, 'rows in batches')
  await sql.end()
  return 1
}

async function listening() {
  const sql = postgres()
  let hear
  const news = new Promise(resolve => { hear = resolve })
  const { unlisten } = await sql.listen('postgresjs_news', hear)
  await sql.notify('postgresjs_news', 'hello')
  expect('hello', await news, 'news')
  await unlisten()
  await sql.end()
  return 2
}

async function pool() {
  const sql = postgres()
  const work = async worker => {
    for (let n = 0; n < 20; n++) {
      const [{ product }] = await sql`select ${worker}::int * ${n}::int as product`
      expect(worker * n, product, 'product')
    }
  }
  await Promise.all(Array.from({ length: 30 }, (_, worker) => work(worker)))
  await sql.end()
  return 10
}

async function crowd() {
  const owner = connectOne()
  await owner`drop table if exists postgresjs_crowd`
  await owner`create table postgresjs_crowd (client int, n int, primary key (client, n))`
  const everybody = barrier(crowdClients)
  const work = async name => {
    const sql = connectOne({ connect_timeout: 150 })
    await sql.unsafe(`set app.client = '${name}'`)
    await everybody()
    let kept = 0
    for (let n = 0; n < crowdTransactions; n++) {
      const isKept = n % 3 !== 2
      const work = sql.begin(async sql => {
        await sql`insert into postgresjs_crowd values (${name}, ${n})`
        const [own] = await sql`
          select count(*)::int, current_setting('app.client') as name
          from postgresjs_crowd where client = ${name}`
        expect([kept + 1, String(name)], [own.count, own.name], 'own rows and setting')
        if (!isKept) throw new RangeError('changed its mind')
      })
      await work.catch(error => { if (!(error instanceof RangeError)) throw error })
      if (isKept) kept++
    }
    await sql.end()
  }
  await Promise.all(Array.from({ length: crowdClients }, (_, name) => work(name)))
  const kept = crowdTransactions - Math.floor(crowdTransactions / 3)
  const [{ count }] = await owner`select count(*)::int from postgresjs_crowd`
  expect(crowdClients * kept, count, 'all rows')
  await owner`drop table postgresjs_crowd`
  await owner.end()
  return crowdClients + 1
}

await run('postgres.js', 'postgres', {
  connect: connecting, transactions, prepared, errors, savepoints, copy: copying, reconnects, settings,
  cancel: cancelling, cursor: cursors, listen: listening, pool, crowd,
})
