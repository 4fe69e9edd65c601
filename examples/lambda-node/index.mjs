// An AWS Lambda function that reaches PostgreSQL through Sento with an IAM token instead of a password.
// Environment: DB_HOST, DB_PORT, DB_USER, DB_NAME, DB_CA_FILE (the authority of the proxy's certificate),
// AWS_REGION.
//
// Try it here, an event a line:  echo '{"name": "Ada"}' | node index.mjs
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { Signer } from "@aws-sdk/rds-signer";
import pg from "pg";

const { DB_HOST: hostname, DB_PORT, DB_USER: username, DB_NAME: database, AWS_REGION: region } = process.env;
const port = Number(DB_PORT);
const signer = new Signer({ hostname, port, username, region });

// Of the execution environment: it stays while the function is frozen between two calls, and costs the
// database nothing there, since it ends at the proxy.
let client;

async function connect() {
  const fresh = new pg.Client({
    host: hostname, port, user: username, database,
    // Signed here, without a call to anybody; good for 15 minutes, for signing in: one for each connection.
    password: () => signer.getAuthToken(),
    ssl: { ca: readFileSync(process.env.DB_CA_FILE) },
  });
  // A connection that breaks while nobody uses it: the next call connects anew.
  fresh.on("error", () => { if (client === fresh) client = undefined; });
  await fresh.connect();
  return fresh;
}

export async function handler(event) {
  client ??= await connect();
  try {
    // One transaction: afterwards the proxy lends the server connection to somebody else.
    await client.query("begin");
    await client.query("insert into visit (name) values ($1)", [event.name]);
    const { rows } = await client.query(
      "select count(*)::int as visits from visit where name = $1", [event.name]);
    await client.query("commit");
    return { name: event.name, visits: rows[0].visits };
  } catch (error) {
    // Given up, not tried again: the write may have happened. The next call connects anew.
    const broken = client;
    client = undefined;
    await broken?.end().catch(() => {});
    throw error;
  }
}

if (process.argv[1] === import.meta.filename) {
  for await (const line of createInterface({ input: process.stdin }))
    console.log(JSON.stringify(await handler(JSON.parse(line))));
  await client?.end();
}
