"""Makes a token with botocore, signs in with psycopg2, and says who the database thinks it is."""
import os

import botocore.session
import psycopg2

host, port, user = os.environ["PGHOST"], int(os.environ["PGPORT"]), os.environ["PGUSER"]
rds = botocore.session.get_session().create_client("rds", region_name=os.environ["AWS_REGION"])
token = rds.generate_db_auth_token(DBHostname=host, Port=port, DBUsername=user)
connection = psycopg2.connect(password=token, sslmode="require")
with connection.cursor() as cursor:
    cursor.execute("select current_user")
    print(cursor.fetchone()[0])
connection.close()
