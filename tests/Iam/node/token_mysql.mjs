// Makes a token with the JavaScript SDK, signs in with mysql2, and says who the database thinks it is.
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
const [rows] = await client.query("select current_user() as name");
console.log(rows[0].name);
await client.end();
