// node-postgres at its defaults: unnamed statements in one batch, names only when asked for, its own pool.

import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'
import pg from 'pg'
import copyStreams from 'pg-copy-streams'
import Cursor from 'pg-cursor'
import { barrier, crowdClients, crowdTransactions, expect, expectError, run } from './scenario.mjs'

async function connect(options) {
  const client = new pg.Client(options)
  await client.connect()
  return client
}

async function value(client, text, values) {
  const { rows } = await client.query({ text, values, rowMode: 'array' })
  return rows[0][0]
}

async function connecting() {
  const client = await connect()
  expect('app', await value(client, 'select current_user'), 'user')
  expect('app', await value(client, 'select current_database()'), 'database')
  expect('naïve Œuvre 日本', await value(client, 'select $1::text', ['naïve Œuvre 日本']), 'text')
  expect([1, 2, null], await value(client, 'select $1::int[]', [[1, 2, null]]), 'array')
  await client.end()
  const tuned = await connect(
    { application_name: 'tuned', statement_timeout: 12345, options: '-c work_mem=6MB' })
  expect('tuned', await value(tuned, 'show application_name'), 'application_name')
  expect('12345ms', await value(tuned, 'show statement_timeout'), 'statement_timeout')
  expect('6MB', await value(tuned, 'show work_mem'), 'options')
  await tuned.end()
  return 2
}

async function transactions() {
  const writer = await connect()
  const reader = await connect()
  await writer.query('create table if not exists node_pg_rows (n int)')
  await writer.query('truncate node_pg_rows')
  for (let n = 0; n < 20; n++) {
    await writer.query('begin')
    await writer.query('insert into node_pg_rows values ($1)', [n])
    await writer.query(n % 2 ? 'rollback' : 'commit')
  }
  expect('10', await value(reader, 'select count(*) from node_pg_rows'), 'rows')
  await writer.query('begin transaction isolation level serializable read only')
  expect('serializable', await value(writer, 'show transaction_isolation'), 'isolation')
  await expectError('25006', () => writer.query('insert into node_pg_rows values (1)'), 'read-only')
  await writer.query('rollback')
  await writer.query('drop table node_pg_rows')
  await writer.end()
  await reader.end()
  return 2
}

async function prepared() {
  const client = await connect()
  const plus = { name: 'plus', text: 'select $1::int + $2::int', rowMode: 'array' }
  for (let n = 0; n < 100; n++)
    expect([[n + 7]], (await client.query({ ...plus, values: [n, 7] })).rows, 'plus')
  for (let text = 0; text < 50; text++) {
    const query = { name: `text ${text}`, text: `select $1::int + ${text}`, rowMode: 'array' }
    for (let n = 0; n < 3; n++)
      expect([[n + text]], (await client.query({ ...query, values: [n] })).rows, 'many texts')
  }
  await client.query('begin')
  expect([[9]], (await client.query({ ...plus, values: [4, 5] })).rows, 'inside a transaction')
  await client.query('commit')
  await client.end()
  return 1
}

async function errors() {
  const client = await connect()
  for (let n = 0; n < 10; n++) {
    await expectError('42703', () => client.query('select nonsense'), 'simple')
    await expectError('22012', () => client.query('select 1 / $1::int', [0]), 'extended')
    await client.query('begin')
    await expectError('42703', () => client.query('select nonsense'), 'in a transaction')
    await expectError('25P02', () => client.query('select 1'), 'failed transaction')
    await client.query('rollback')
    expect(n, await value(client, 'select $1::int', [n]), 'after the errors')
  }
  await client.end()
  return 1
}

async function savepoints() {
  const client = await connect()
  await client.query('begin')
  await client.query('create table node_pg_kept (n int)')
  await client.query('insert into node_pg_kept values (1)')
  await client.query('savepoint one')
  await client.query('insert into node_pg_kept values (2)')
  await expectError('22012', () => client.query('select 1 / 0'), 'division')
  await client.query('rollback to savepoint one')
  await client.query('insert into node_pg_kept values (3)')
  await client.query('release savepoint one')
  expect('4', await value(client, 'select sum(n) from node_pg_kept'), 'sum')
  await client.query('drop table node_pg_kept')
  await client.query('commit')
  await client.end()
  return 1
}

async function copying() {
  const client = await connect()
  await client.query('create table if not exists node_pg_copy (n int, t text)')
  await client.query('truncate node_pg_copy')
  const rows = Array.from({ length: 10000 }, (_, n) => `${n}\trow ${n}\n`)
  await pipeline(Readable.from(rows), client.query(copyStreams.from('copy node_pg_copy from stdin')))
  expect('10000', await value(client, 'select count(*) from node_pg_copy'), 'rows')
  let back = ''
  const out = client.query(copyStreams.to('copy (select * from node_pg_copy order by n) to stdout'))
  for await (const data of out) back += data
  expect(rows.join(''), back, 'copied out')
  const garbage = () => pipeline(
    Readable.from(Array(5000).fill('not a number\tx\n')),
    client.query(copyStreams.from('copy node_pg_copy from stdin')))
  await expectError('22P02', garbage, 'garbage')
  expect('10000', await value(client, 'select count(*) from node_pg_copy'), 'rows after the error')
  await client.query('drop table node_pg_copy')
  await client.end()
  return 1
}

async function reconnects() {
  for (let n = 0; n < 50; n++) {
    const client = await connect()
    expect(n, await value(client, 'select $1::int', [n]), 'n')
    await client.end()
  }
  return 50
}

async function settings() {
  const changed = await connect()
  const plain = await connect()
  const usual = await value(plain, 'show work_mem')
  await changed.query("set work_mem = '7MB'; set app.tenant = 'one'")
  for (let n = 0; n < 20; n++) {
    expect('7MB', await value(changed, 'show work_mem'), 'own work_mem')
    expect('one', await value(changed, "select current_setting('app.tenant')"), 'own tenant')
    expect(usual, await value(plain, 'show work_mem'), "other's work_mem")
    const other = await value(plain, "select coalesce(current_setting('app.tenant', true), '')")
    expect('', other, "other's tenant")
  }
  await changed.query('reset work_mem')
  expect(usual, await value(changed, 'show work_mem'), 'after the reset')
  await changed.end()
  await plain.end()
  return 2
}

async function cursors() {
  const client = await connect()
  await client.query('begin')
  const cursor = client.query(new Cursor('select generate_series(1, 1000) as n'))
  const found = []
  for (let rows = await cursor.read(100); rows.length > 0; rows = await cursor.read(100))
    found.push(...rows.map(row => row.n))
  await cursor.close()
  await client.query('commit')
  expect(Array.from({ length: 1000 }, (_, n) => n + 1), found, 'rows in batches')
  await client.end()
  return 1
}

async function listening() {
  const listener = await connect()
  const sender = await connect()
  const news = new Promise(resolve => listener.once('notification', resolve))
  await listener.query('listen node_pg_news')
  await sender.query("notify node_pg_news, 'hello'")
  const { channel, payload } = await news
  expect(['node_pg_news', 'hello'], [channel, payload], 'news')
  await listener.query('unlisten *')
  await listener.end()
  await sender.end()
  return 2
}

async function pool() {
  const shared = new pg.Pool()
  const work = async worker => {
    for (let n = 0; n < 20; n++) {
      const { rows } = await shared.query('select $1::int * $2::int as product', [worker, n])
      expect(worker * n, rows[0].product, 'product')
    }
  }
  await Promise.all(Array.from({ length: 30 }, (_, worker) => work(worker)))
  await shared.end()
  return 10
}

async function crowd() {
  const owner = await connect()
  await owner.query('drop table if exists node_pg_crowd')
  await owner.query('create table node_pg_crowd (client int, n int, primary key (client, n))')
  const everybody = barrier(crowdClients)
  const work = async name => {
    const client = await connect()
    await client.query(`set app.client = '${name}'`)
    await everybody()
    let kept = 0
    for (let n = 0; n < crowdTransactions; n++) {
      await client.query('begin')
      await client.query('insert into node_pg_crowd values ($1, $2)', [name, n])
      const own = await client.query({
        name: 'own',
        text: "select count(*)::int, current_setting('app.client') from node_pg_crowd where client = $1",
        values: [name],
        rowMode: 'array',
      })
      expect([[kept + 1, String(name)]], own.rows, 'own rows and setting')
      const isKept = n % 3 !== 2
      await client.query(isKept ? 'commit' : 'rollback')
      if (isKept) kept++
    }
    await client.end()
  }
  await Promise.all(Array.from({ length: crowdClients }, (_, name) => work(name)))
  const kept = crowdTransactions - Math.floor(crowdTransactions / 3)
  expect(crowdClients * kept, await value(owner, 'select count(*)::int from node_pg_crowd'), 'all rows')
  await owner.query('drop table node_pg_crowd')
  await owner.end()
  return crowdClients + 1
}

await run('node-postgres', 'pg', {
  connect: connecting, transactions, prepared, errors, savepoints, copy: copying, reconnects, settings,
  cursor: cursors, listen: listening, pool, crowd,
})
