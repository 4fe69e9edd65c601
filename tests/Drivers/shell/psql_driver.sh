#!/usr/bin/env bash
# psql (libpq) at its defaults: simple protocol, TLS when offered, whole scripts in one session.
. "$(dirname "$0")/scenario.sh"

scenario_connect() {
  expect 'app|app' "$(ask -c 'select current_user, current_database()')" 'user and database'
  expect 'naïve Œuvre 日本' "$(ask -c "select 'naïve Œuvre 日本'")" text
  local parameters="select current_setting('client_encoding'), current_setting('application_name')"
  expect 'UTF8|psql' "$(ask -c "$parameters")" 'start-up parameters'
  expect 6MB "$(PGOPTIONS='-c work_mem=6MB' ask -c 'show work_mem')" options
  expect 3 "$(ask -c 'select 1; select 2; select 3' | tail -1)" 'several statements'
  sessions=5
}

scenario_describe() {
  ask -c 'create table if not exists psql_shape (n int primary key, t text)'
  local command wanted
  psql -Xq -c '\d psql_shape' > "$work/said"
  grep -q psql_shape_pkey "$work/said"
  while read -r command wanted; do
    psql -Xq -c "$command" > "$work/said"
    grep -q "$wanted" "$work/said" || { cat "$work/said" >&2; expect "$wanted" nothing "$command"; }
  done <<COMMANDS
    \\dt psql_shape
    \\l app
    \\du app
    \\conninfo port "$PGPORT"
COMMANDS
  expect $'n|integer\nt|integer' "$(printf 'select 1 as n, 2 as t \\gdesc\n' | ask)" '\gdesc'
  ask -c 'drop table psql_shape'
  sessions=8
}

scenario_transactions() {
  ask <<'SQL'
    create table if not exists psql_rows (n int);
    truncate psql_rows;
    begin; insert into psql_rows values (1); commit;
    begin; insert into psql_rows values (2); rollback;
    begin isolation level serializable; insert into psql_rows values (4); commit and chain;
    insert into psql_rows values (8); rollback;
SQL
  expect 5 "$(ask -c 'select sum(n) from psql_rows')" rows
  expect 5 "$(ask -1 -c 'insert into psql_rows values (16)' -c 'select 1 / 0' 2> /dev/null || ask \
    -c 'select sum(n) from psql_rows')" 'rows after a failed single transaction'
  ask -c 'drop table psql_rows'
  sessions=5
}

scenario_prepared() {
  {
    echo 'prepare plus as select $1::int + 7;'
    for n in $(seq 100); do echo "execute plus ($n);"; done
    echo 'deallocate plus;'
  } > "$work/prepared.sql"
  expect "$(seq 8 107)" "$(ask -f "$work/prepared.sql")" plus
  # Extended protocol, as \bind sends it, is there from psql 16 on.
  if [ "$(psql --version | grep -oE '[0-9]+' | head -1)" -ge 16 ]; then
    expect 9 "$(printf 'select $1::int + $2::int \\bind 4 5 \\g\n' | ask)" bind
  fi
  sessions=1
}

scenario_errors() {
  local said
  said=$(psql -XqAt 2>&1 <<'SQL'
    \set VERBOSITY sqlstate
    select nonsense;
    select 1;
    begin;
    select 1 / 0;
    select 2;
    rollback;
    select 3;
    select 4; select 1 / 0; select 5;
SQL
  )
  expect $'ERROR:  42703\n1\nERROR:  22012\nERROR:  25P02\n3\n4\nERROR:  22012\n5' "$said" answers
  sessions=1
}

scenario_savepoints() {
  local said
  said=$(psql -XqAt 2> /dev/null <<'SQL'
    begin;
    create table psql_kept (n int);
    insert into psql_kept values (1);
    savepoint one;
    insert into psql_kept values (2);
    select 1 / 0;
    rollback to savepoint one;
    insert into psql_kept values (3);
    release savepoint one;
    select sum(n) from psql_kept;
    drop table psql_kept;
    commit;
    \set ON_ERROR_ROLLBACK on
    begin;
    select 1 / 0;
    select 5;
    commit;
SQL
  )
  expect $'4\n5' "$said" 'sums'
  sessions=1
}

scenario_copy() {
  seq 10000 | awk '{ print $1 "\trow " $1 }' > "$work/rows"
  ask -c 'create table if not exists psql_copy (n int, t text)' -c 'truncate psql_copy'
  ask -c "\\copy psql_copy from '$work/rows'" -c "\\copy (select * from psql_copy order by n) to '$work/back'"
  cmp "$work/rows" "$work/back"
  ! yes 'not a number	x' | head -5000 | ask -c 'copy psql_copy from stdin' 2> "$work/errors"
  grep -q 'invalid input syntax' "$work/errors"
  expect 10000 "$(ask -c 'select count(*) from psql_copy')" 'rows after the error'
  ask -c 'drop table psql_copy'
  sessions=5
}

scenario_reconnects() {
  for n in $(seq 40); do expect "$n" "$(ask -c "select $n")" n; done
  expect "$(seq 5)" "$({ for n in $(seq 5); do echo "select $n; "; echo '\c -'; done; } | ask)" 'reconnected'
  sessions=46
}

scenario_settings() {
  local said
  said=$(ask <<'SQL'
    set work_mem = '7MB';
    set time zone 'Asia/Tokyo';
    begin; set local work_mem = '8MB'; show work_mem; commit;
    show work_mem;
    begin; set work_mem = '9MB'; rollback;
    show work_mem;
    show timezone;
    reset work_mem;
    select setting = reset_val from pg_settings where name = 'work_mem';
SQL
  )
  expect $'8MB\n7MB\n7MB\nAsia/Tokyo\nt' "$said" settings
  expect "$(PGOPTIONS='' ask -c "select reset_val from pg_settings where name = 'work_mem'")" \
    "$(ask -c "select setting from pg_settings where name = 'work_mem'")" "another session's work_mem"
  sessions=3
}

scenario_cancel() {
  # Shells make their background programs ignore Ctrl-C, unless each is a job of its own.
  set -m
  (exec psql -XqAt -c 'select pg_sleep(90) /* psql */' 2> "$work/errors") &
  set +m
  local slow=$! runs="select count(*) from pg_stat_activity
    where state = 'active' and query like 'select pg_sleep(90) /* psql%'"
  until [ "$(ask -c "$runs")" = 1 ]; do ask -c 'select pg_sleep(0.02)' > "$work/none"; done
  kill -INT "$slow"
  ! wait "$slow"
  grep -q 'canceling statement due to user request' "$work/errors"
  sessions=5
}

scenario_cursor() {
  expect "$(seq 1000)" "$(ask -v FETCH_COUNT=100 -c 'select generate_series(1, 1000)')" 'rows in batches'
  sessions=1
}

scenario_listen() {
  local said
  said=$(ask <<'SQL'
    listen psql_news;
    notify psql_news, 'hello';
    select 1;
    unlisten *;
SQL
  )
  expect yes "$(grep -q '"psql_news" with payload "hello"' <<< "$said" && echo yes)" "news in: $said"
  sessions=1
}

# Each client is a psql of its own, fed through its own pipe; all answer into one. So that all are connected
# at once, nobody gets a first statement of the work before everybody has answered "ready".
scenario_crowd() {
  local client n kept answers inputs=() input
  ask -c 'drop table if exists psql_crowd' -c 'create table psql_crowd (client int, n int)' 2> "$work/notices"
  mkfifo "$work/answers"
  exec {answers}<> "$work/answers"
  for client in $(seq "$crowd_clients"); do
    mkfifo "$work/$client"
    ask < "$work/$client" > "$work/answers" 2>&1 &
    exec {input}> "$work/$client"
    inputs[client]=$input
    printf "set app.client = '%s';\nselect 'ready';\n" "$client" >&"$input"
  done
  for client in $(seq "$crowd_clients"); do
    read -r -t 150 -u "$answers" line
    expect ready "$line" 'first answer'
  done
  for client in $(seq "$crowd_clients"); do
    kept=0
    for ((n = 0; n < crowd_transactions; n++)); do
      echo "begin; insert into psql_crowd values ($client, $n);"
      echo "select '$client $n', count(*), current_setting('app.client')"
      echo "  from psql_crowd where client = $client;"
      echo "$client $n|$((kept + 1))|$client" >> "$work/wanted"
      if ((n % 3 == 2)); then echo 'rollback;'; else echo 'commit;'; kept=$((kept + 1)); fi
    done > "$work/script"
    printf '%s\n' "$(cat "$work/script")" '\q' >&"${inputs[client]}"
  done
  for ((n = 0; n < crowd_clients * crowd_transactions; n++)); do
    read -r -t 150 -u "$answers" line
    echo "$line"
  done > "$work/found"
  diff <(sort "$work/wanted") <(sort "$work/found") >&2
  expect "$((crowd_clients * (crowd_transactions - crowd_transactions / 3)))" \
    "$(ask -c 'select count(*) from psql_crowd')" 'all rows'
  ask -c 'drop table psql_crowd'
  wait
  sessions=$((crowd_clients + 3))
}

# A name, so that everything above is read before anything runs.
"scenario_$1"
report 'psql (libpq)' "$(psql --version | grep -oE '[0-9]+\.[0-9]+' | head -1)" "$1" "$sessions"
