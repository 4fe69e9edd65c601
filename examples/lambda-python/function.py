"""An AWS Lambda function that reaches PostgreSQL through Sento with an IAM token instead of a password.

botocore signs the token and is part of every Python runtime of Lambda; psycopg2 goes into the package.
Environment: DB_HOST, DB_PORT, DB_USER, DB_NAME, DB_CA_FILE (the authority of the proxy's certificate),
AWS_REGION.

Try it here, an event a line:  echo '{"name": "Ada"}' | python3 function.py
"""
import json
import os
import sys

import botocore.session
import psycopg2

HOST, PORT, USER = os.environ["DB_HOST"], int(os.environ["DB_PORT"]), os.environ["DB_USER"]
rds = botocore.session.get_session().create_client("rds", region_name=os.environ["AWS_REGION"])
# Of the execution environment: it stays while the function is frozen between two calls, and costs the
# database nothing there, since it ends at the proxy.
connection = None


def connect():
    # Signed here, without a call to anybody; good for 15 minutes, for signing in: one for each connection.
    token = rds.generate_db_auth_token(DBHostname=HOST, Port=PORT, DBUsername=USER)
    return psycopg2.connect(
        host=HOST, port=PORT, user=USER, password=token, dbname=os.environ["DB_NAME"],
        sslmode="verify-full", sslrootcert=os.environ["DB_CA_FILE"])


def handler(event, context):
    global connection
    if connection is None or connection.closed:
        connection = connect()
    try:
        # One transaction: afterwards the proxy lends the server connection to somebody else.
        with connection, connection.cursor() as cursor:
            cursor.execute("insert into visit (name) values (%s)", (event["name"],))
            cursor.execute("select count(*) from visit where name = %s", (event["name"],))
            return {"name": event["name"], "visits": cursor.fetchone()[0]}
    except psycopg2.OperationalError:
        # Given up, not tried again: the write may have happened. The next call connects anew.
        connection.close()
        raise


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(handler(json.loads(line), None)), flush=True)
