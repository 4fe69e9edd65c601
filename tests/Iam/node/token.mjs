// Makes a token with the JavaScript SDK, signs in with node-postgres, and says who the database thinks it is.
import { Signer } from "@aws-sdk/rds-signer";
import pg from "pg";

const { PGHOST: hostname, PGPORT: port, PGUSER: username, PGDATABASE: database } = process.env;
const signer = new Signer({ hostname, port: Number(port), username, region: process.env.AWS_REGION });
const client = new pg.Client({
  host: hostname, port: Number(port), user: username, database, password: () => signer.getAuthToken(),
  ssl: { rejectUnauthorized: false },
});
await client.connect();
console.log((await client.query("select current_user as name")).rows[0].name);
await client.end();
