#!/usr/bin/env bash
# sysbench with its own scripts at their defaults, and many clients with settings of their own. Any error
# but a deadlock ends it.
. "$(dirname "$0")/scenario.sh"

folder=$(dirname "$0")
export MYSQL_PWD=$PGPASSWORD
value() { mariadb --no-defaults -N -B -h "$PGHOST" -P "$PGPORT" -u "$PGUSER" -e "$1" "$PGDATABASE"; }

bench() { # SCRIPT ARGUMENTS
  sysbench "$1" --db-driver=mysql --mysql-host="$PGHOST" --mysql-port="$PGPORT" --mysql-user="$PGUSER" \
    --mysql-password="$PGPASSWORD" --mysql-db="$PGDATABASE" "${@:2}" > "$work/said" 2>&1 \
    || { cat "$work/said" >&2; exit 1; }
}

both() { # SCRIPT ARGUMENTS: statements prepared at the server, and as text
  local mode
  bench "$1" --tables=2 --table-size=1000 prepare
  for mode in auto disable; do
    bench "$1" --tables=2 --table-size=1000 --db-ps-mode="$mode" --threads=20 --time=0 "${@:2}" run
    expect 1 "$(grep -cE 'reconnects: +0 ' "$work/said")" 'runs without a reconnect'
  done
  bench "$1" --tables=2 cleanup
  sessions=42
}

scenario_readwrite() { both oltp_read_write --events=1000; }
scenario_points() { both oltp_point_select --events=5000; }
scenario_writes() { both oltp_write_only --events=1000; }

scenario_crowd() {
  value 'create table sysbench_crowd (client int, n int)'
  bench "$folder/sysbench_crowd.lua" --threads="$crowd_clients" --time=0 \
    --events="$((crowd_clients * crowd_transactions))" run
  # Of the transactions of each client every third was rolled back.
  expect 0 "$(value 'select count(*) from (select count(*) as found, max(n) as last from sysbench_crowd
    group by client) as each_client where found <> last - last div 3')" 'clients whose rows are not all there'
  expect 0 "$(value 'select count(*) from sysbench_crowd where n % 3 = 0')" 'rows that were rolled back'
  value 'drop table sysbench_crowd'
  sessions=$((crowd_clients + 4))
}

"scenario_$1"
report sysbench "$(sysbench --version | grep -oE '[0-9.]+' | head -1)" "$1" "$sessions"
