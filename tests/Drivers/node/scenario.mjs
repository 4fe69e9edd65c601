// What every Node.js driver's program shares: how a scenario is chosen, checked and reported.

import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { isDeepStrictEqual } from 'node:util'

export const crowdClients = Number(process.env.CROWD_CLIENTS ?? 200)
export const crowdTransactions = Number(process.env.CROWD_TRANSACTIONS ?? 9)

/** Ends the scenario with both values unless they are equal. */
export function expect(wanted, found, what) {
  if (!isDeepStrictEqual(wanted, found))
    throw new Error(`${what}: wanted ${JSON.stringify(wanted)}, found ${JSON.stringify(found)}`)
}

/** The action must fail with this SQLSTATE. */
export async function expectError(code, action, what) {
  let found = 'no error'
  try {
    await action()
  } catch (error) {
    if (error.code === code) return
    found = error.stack
  }
  throw new Error(`${what}: wanted ${code}, found ${found}`)
}

/** Everybody waits until this many have come. */
export function barrier(count) {
  let arrived = 0
  let open
  const all = new Promise(resolve => { open = resolve })
  return () => {
    if (++arrived === count) open()
    return all
  }
}

/** Not every package lets its package.json be imported. */
function versionOf(name) {
  return JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url))).version
}

/** Runs the scenario named on the command line, or those named line by line on standard input ("-"). */
export async function run(driver, packageName, scenarios) {
  const version = versionOf(packageName)
  const named = process.argv[2]
  for await (const scenario of named === '-' ? createInterface({ input: process.stdin }) : [named]) {
    const sessions = await scenarios[scenario]()
    console.log(JSON.stringify({ driver, version, scenario, sessions }))
  }
}
