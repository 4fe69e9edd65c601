// Signs in with a token of the JavaScript SDK, becomes another user by a password on the same connection, and
// says whom the proxy lists before and after.
import { Signer } from "@aws-sdk/rds-signer";
import mysql from "mysql2/promise";

const { MYSQL_HOST: hostname, MYSQL_TCP_PORT: port, AWS_REGION: region } = process.env;
const signer = new Signer({ hostname, port: Number(port), username: "app", region });
const token = await signer.getAuthToken();
const client = await mysql.createConnection({
  host: hostname, port: Number(port), user: "app", database: "app", password: token,
  ssl: { rejectUnauthorized: false },
  authPlugins: { mysql_clear_password: () => () => Buffer.from(`${token}\0`) },
});
const { ADMIN: admin } = process.env;
const before = await (await fetch(`${admin}/clients`)).text();
await client.changeUser({ user: "plain", password: "secret", database: "app" });
const [rows] = await client.query("select current_user() as name");
const after = await (await fetch(`${admin}/clients`)).text();
console.log(JSON.stringify({ name: rows[0].name, before, after }));
await client.end();
