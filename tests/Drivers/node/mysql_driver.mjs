// mysql2 and mariadb, with promises, at their defaults: text protocol by query, binary by execute.

import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { barrier, crowdClients, crowdTransactions, expect, run } from './scenario.mjs'

const driver = process.argv.splice(2, 1)[0]
const isMariaDb = driver === 'mariadb'
const library = await import(isMariaDb ? 'mariadb' : 'mysql2/promise')
const { createConnection, createPool } = library.default ?? library
const address = {
  host: process.env.PGHOST, port: Number(process.env.PGPORT), user: process.env.PGUSER,
  password: process.env.PGPASSWORD, database: process.env.PGDATABASE,
}
const runs = "select count(*) as n from information_schema.processlist"
  + " where info like 'select sleep(90) as broken /* node%' and id <> connection_id()"

const connect = options => createConnection({ ...address, ...options })

/** Both give rows as objects; mysql2 gives the columns' definitions besides. */
async function rows(connection, text, values, how = 'query') {
  const result = await connection[how](text, values)
  return isMariaDb ? [...result] : result[0]
}

const value = async (...query) => Object.values((await rows(...query))[0])[0]
const number = async (...query) => Number(await value(...query))
const outcome = result => isMariaDb ? result : result[0]

async function expectError(errno, action, what) {
  let found = 'no error'
  try {
    await action()
  } catch (error) {
    if (error.errno === errno) return
    found = error.stack
  }
  throw new Error(`${what}: wanted ${errno}, found ${found}`)
}

async function connecting() {
  const client = await connect()
  expect('app', await value(client, "select substring_index(current_user(), '@', 1)"), 'user')
  expect('app', await value(client, 'select database()'), 'database')
  expect('naïve Œuvre 日本', await value(client, 'select ?', ['naïve Œuvre 日本']), 'text')
  expect('naïve Œuvre 日本', await value(client, 'select ?', ['naïve Œuvre 日本'], 'execute'), 'binary')
  await client.ping()
  await client.end()
  const tuned = await connect({ multipleStatements: true, charset: 'latin1_swedish_ci' })
  const both = await tuned.query('select 1 as a; select 2 as a')
  expect(2, (isMariaDb ? both : both[0])[1][0].a, 'several statements')
  await tuned.end()
  return 2
}

async function transactions() {
  const writer = await connect()
  const reader = await connect()
  await writer.query('create table node_rows (n int)')
  for (let n = 0; n < 20; n++) {
    await writer.beginTransaction()
    await writer.query('insert into node_rows values (?)', [n])
    await (n % 2 ? writer.rollback() : writer.commit())
  }
  expect(10, await number(reader, 'select count(*) from node_rows'), 'rows')
  await writer.query('set session transaction isolation level read committed')
  await writer.query('start transaction read only')
  await expectError(1792, () => writer.query('insert into node_rows values (1)'), 'read-only')
  await writer.rollback()
  await writer.query('drop table node_rows')
  await writer.end()
  await reader.end()
  return 2
}

async function prepared() {
  const client = await connect()
  for (let n = 0; n < 100; n++)
    expect(n + 7, await number(client, 'select ? + 7', [n], 'execute'), 'plus')
  // More texts than either library keeps by default on a server.
  for (let text = 0; text < 300; text++) {
    for (let n = 0; n < 2; n++)
      expect(n + text, await number(client, `select ? + ${text}`, [n], 'execute'), 'many texts')
  }
  await client.query('create table node_keys (id int auto_increment primary key, n int, t varchar(20))')
  await client.beginTransaction()
  for (let n = 1; n <= 20; n++) {
    const made = outcome(await client.execute('insert into node_keys (n, t) values (?, ?)', [n, `row ${n}`]))
    expect(n, Number(made.insertId), 'key')
  }
  await client.commit()
  expect(20, await number(client, 'select last_insert_id()'), 'last key')
  if (isMariaDb) {
    const many = Array.from({ length: 500 }, (_, n) => [n, 'many'])
    await client.batch('insert into node_keys (n, t) values (?, ?)', many)
    expect(520, await number(client, 'select count(*) from node_keys'), 'rows of the batch')
  }
  await client.query('drop table node_keys')
  await client.end()
  return 1
}

async function errors() {
  const client = await connect()
  await client.query('create table node_unique (n int primary key)')
  for (let n = 0; n < 10; n++) {
    await expectError(1054, () => client.query('select nonsense'), 'text')
    await expectError(1054, () => client.execute('select nonsense + ?', [1]), 'prepare')
    await client.beginTransaction()
    await client.query('insert into node_unique values (1)')
    await expectError(1062, () => client.execute('insert into node_unique values (?)', [1]), 'twice')
    expect(1, await number(client, 'select count(*) from node_unique'), 'still there')
    await client.rollback()
    expect(n, await number(client, 'select ?', [n], 'execute'), 'after the errors')
  }
  await client.query("select cast('x' as signed)")
  expect(1292, (await rows(client, 'show warnings'))[0].Code, 'warning')
  await client.query('drop table node_unique')
  await client.end()
  return 1
}

async function savepoints() {
  const client = await connect()
  await client.query('create table node_kept (n int primary key)')
  await client.beginTransaction()
  await client.query('insert into node_kept values (1)')
  await client.query('savepoint one')
  await client.query('insert into node_kept values (2)')
  await expectError(1062, () => client.query('insert into node_kept values (2)'), 'twice')
  await client.query('rollback to savepoint one')
  await client.query('insert into node_kept values (3)')
  await client.query('release savepoint one')
  expect(4, await number(client, 'select sum(n) from node_kept'), 'sum')
  await client.commit()
  await client.query('drop table node_kept')
  await client.end()
  return 1
}

async function loading() {
  const folder = mkdtempSync(join(tmpdir(), 'sento-load-'))
  try {
    const file = join(folder, 'rows')
    writeFileSync(file, Array.from({ length: 10000 }, (_, n) => `${n}\trow ${n}\n`).join(''))
    const client = await connect(isMariaDb ? { permitLocalInfile: true } : {})
    await client.query('create table node_load (n int, t varchar(20))')
    const load = { sql: 'load data local infile ? into table node_load' }
    if (!isMariaDb) load.infileStreamFactory = () => createReadStream(file)
    await client.query(load, [file])
    expect(10000, await number(client, 'select count(*) from node_load'), 'rows')
    await client.query('drop table node_load')
    await client.end()
  } finally {
    rmSync(folder, { recursive: true })
  }
  return 1
}

async function reconnects() {
  for (let n = 0; n < 50; n++) {
    const client = await connect()
    expect(n, await number(client, 'select ?', [n], 'execute'), 'n')
    await client.end()
  }
  return 50
}

async function settings() {
  const changed = await connect()
  const plain = await connect()
  const usual = await number(plain, 'select @@sort_buffer_size')
  await changed.query("set session sort_buffer_size = 98304, @tenant = 'one'")
  for (let n = 0; n < 20; n++) {
    expect(98304, await number(changed, 'select @@sort_buffer_size'), 'own size')
    expect('one', await value(changed, 'select @tenant'), 'own tenant')
    expect(usual, await number(plain, 'select @@sort_buffer_size'), "other's size")
    expect(null, await value(plain, 'select @tenant'), "other's tenant")
  }
  await changed.changeUser({ ...address, database: 'information_schema' })
  expect('information_schema', await value(changed, 'select database()'), 'schema')
  expect(usual, await number(changed, 'select @@sort_buffer_size'), 'after the change of user')
  expect(null, await value(changed, 'select @tenant'), 'tenant after the change of user')
  await (isMariaDb ? changed.reset() : changed.query('do 0'))
  await changed.end()
  await plain.end()
  return 2
}

async function cursors() {
  const client = await connect()
  const long = 'with recursive t as (select 1 as n union all select n + 1 from t where n < 1000)'
    + ' select n from t'
  const stream = isMariaDb ? client.queryStream(long) : client.connection.query(long).stream()
  const found = []
  for await (const row of stream) found.push(Number(row.n))
  expect(Array.from({ length: 1000 }, (_, n) => n + 1), found, 'rows as they come')
  await client.end()
  return 1
}

async function cancelling() {
  const client = await connect()
  const watcher = await connect()
  const running = client.query('select sleep(90) as broken /* node */').then(
    result => Number((isMariaDb ? result : result[0])[0].broken), error => error.errno)
  while (await number(watcher, runs) === 0) await watcher.query('select sleep(0.02)')
  await watcher.query(`kill query ${client.threadId}`)
  // MySQL's sleep tells by its value that it was interrupted, MariaDB's statement fails.
  expect(true, [1, 1317].includes(await running), 'interrupted')
  expect(5, await number(client, 'select 5'), 'after the cancel')
  await client.end()
  await watcher.end()
  return 2
}

async function pool() {
  const shared = createPool({ ...address, connectionLimit: 10 })
  const work = async worker => {
    for (let n = 0; n < 20; n++)
      expect(worker * n, await number(shared, 'select ? * ?', [worker, n], 'execute'), 'product')
  }
  await Promise.all(Array.from({ length: 30 }, (_, worker) => work(worker)))
  await shared.end()
  return 10
}

async function crowd() {
  const owner = await connect()
  await owner.query('create table node_crowd (client int, n int, primary key (client, n))')
  const everybody = barrier(crowdClients)
  const work = async name => {
    const client = await connect({ connectTimeout: 150000 })
    await client.query('set session group_concat_max_len = ?, @client = ?', [2000 + name, name])
    await everybody()
    let kept = 0
    for (let n = 0; n < crowdTransactions; n++) {
      await client.beginTransaction()
      await client.execute('insert into node_crowd values (?, ?)', [name, n])
      const own = await rows(client, 'select count(*) as c, @@group_concat_max_len as s, @client as u'
        + ' from node_crowd where client = ?', [name], 'execute')
      expect([kept + 1, 2000 + name, name], Object.values(own[0]).map(Number), 'own rows and settings')
      const isKept = n % 3 !== 2
      await (isKept ? client.commit() : client.rollback())
      if (isKept) kept++
    }
    await client.end()
  }
  await Promise.all(Array.from({ length: crowdClients }, (_, name) => work(name)))
  const kept = crowdTransactions - Math.floor(crowdTransactions / 3)
  expect(crowdClients * kept, await number(owner, 'select count(*) from node_crowd'), 'all rows')
  await owner.query('drop table node_crowd')
  await owner.end()
  return crowdClients + 1
}

await run(driver, driver, {
  connect: connecting, transactions, prepared, errors, savepoints, load: loading, reconnects, settings,
  cursor: cursors, cancel: cancelling, pool, crowd,
})
