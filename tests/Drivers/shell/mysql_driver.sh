#!/usr/bin/env bash
# The command-line clients mariadb and mysql at their defaults: text protocol, whole scripts in one session.
. "$(dirname "$0")/scenario.sh"

program=$1
shift
# Batch output, bare values; everything else as it comes.
ask() { "$program" --no-defaults -N -B -h "$PGHOST" -P "$PGPORT" -u "$PGUSER" "$@" "$PGDATABASE"; }
export MYSQL_PWD=$PGPASSWORD

scenario_connect() {
  expect $'app\tapp' "$(ask -e "select substring_index(current_user(), '@', 1), database()")" 'user'
  expect 'naïve Œuvre 日本' "$(ask --default-character-set=utf8mb4 -e "select 'naïve Œuvre 日本'")" text
  expect latin1 "$(ask --default-character-set=latin1 -e 'select @@character_set_client')" 'character set'
  expect 3 "$(ask -e 'select 1; select 2; select 3' | tail -1)" 'several statements'
  expect 5 "$(ask --init-command='set session sort_buffer_size = 98304' -e 'select 5')" 'init command'
  sessions=5
}

scenario_transactions() {
  ask <<'SQL'
    create table cli_rows (n int);
    begin; insert into cli_rows values (1); commit;
    begin; insert into cli_rows values (2); rollback;
    set transaction isolation level serializable;
    start transaction; insert into cli_rows values (4); commit and chain;
    insert into cli_rows values (8); rollback;
    set autocommit = 0;
    insert into cli_rows values (16); commit;
    insert into cli_rows values (32);
SQL
  expect 21 "$(ask -e 'select sum(n) from cli_rows')" rows
  ask -e 'drop table cli_rows'
  sessions=3
}

scenario_prepared() {
  {
    echo 'create table cli_keys (id int auto_increment primary key, n int);'
    for n in $(seq 100); do echo "insert into cli_keys (n) values ($n); select last_insert_id();"; done
    echo 'drop table cli_keys;'
  } > "$work/keys.sql"
  expect "$(seq 100)" "$(ask < "$work/keys.sql")" keys
  sessions=1
}

scenario_errors() {
  local said
  said=$(ask --force 2>&1 <<'SQL'
    select nonsense;
    select 1;
    begin;
    create table cli_unique (n int primary key);
    insert into cli_unique values (1);
    insert into cli_unique values (1);
    select count(*) from cli_unique;
    select cast('x' as signed);
    show count(*) warnings;
    drop table cli_unique;
SQL
  )
  # Beside each error stands the statement that it is about.
  said=$(sed -E 's/^ERROR ([0-9]+) .*/ERROR \1/' <<< "$said" | grep -E '^(ERROR )?[0-9]+$')
  expect $'ERROR 1054\n1\nERROR 1062\n1\n0\n1' "$said" answers
  expect 1292 "$(ask --show-warnings -v -e "select cast('x' as signed)" | grep -oE '1292')" 'shown warnings'
  sessions=2
}

scenario_savepoints() {
  local said
  said=$(ask --force 2> /dev/null <<'SQL'
    create table cli_kept (n int primary key);
    begin;
    insert into cli_kept values (1);
    savepoint one;
    insert into cli_kept values (2);
    insert into cli_kept values (2);
    rollback to savepoint one;
    insert into cli_kept values (3);
    release savepoint one;
    select sum(n) from cli_kept;
    commit;
    drop table cli_kept;
SQL
  )
  expect 4 "$said" sum
  sessions=1
}

scenario_load() {
  seq 10000 | awk '{ print $1 "\trow " $1 }' > "$work/rows"
  ask -e 'create table cli_load (n int, t varchar(20))'
  ask --local-infile=1 -e "load data local infile '$work/rows' into table cli_load"
  expect 10000 "$(ask -e 'select count(*) from cli_load')" rows
  ask --quick -e 'select * from cli_load order by n' > "$work/back"
  cmp "$work/rows" "$work/back"
  ! ask --local-infile=1 -e "load data local infile '$work/none' into table cli_load" 2> "$work/errors"
  expect 10000 "$(ask -e 'select count(*) from cli_load')" 'rows after the error'
  ask -e 'drop table cli_load'
  sessions=7
}

scenario_reconnects() {
  for n in $(seq 40); do expect "$n" "$(ask -e "select $n")" n; done
  sessions=40
}

scenario_settings() {
  local usual said
  usual=$(ask -e 'select @@sort_buffer_size')
  said=$(ask <<'SQL'
    set session sort_buffer_size = 98304, time_zone = '+09:00';
    set @tenant = 'one';
    begin; select @@sort_buffer_size; commit;
    select @@time_zone, @tenant;
    use information_schema;
    select database();
    set session sort_buffer_size = default;
SQL
  )
  expect $'98304\n+09:00\tone\ninformation_schema' "$said" settings
  expect "$usual" "$(ask -e 'select @@sort_buffer_size')" "another session's"
  sessions=3
}

scenario_cancel() {
  # Shells make their background programs ignore Ctrl-C, unless each is a job of its own.
  set -m
  (exec "$program" --no-defaults -N -B -h "$PGHOST" -P "$PGPORT" -u "$PGUSER" "$PGDATABASE" \
    -e 'select sleep(90.25)' > "$work/said" 2>&1) &
  set +m
  local slow=$! runs="select count(*) from information_schema.processlist
    where info like 'select sleep(90.25)%' and id <> connection_id()"
  until [ "$(ask -e "$runs")" = 1 ]; do ask -e 'select sleep(0.02)' > "$work/none"; done
  kill -INT "$slow"
  # MySQL's sleep tells by its value that it was interrupted, MariaDB's statement fails.
  wait "$slow" || true
  grep -qE '^1$|Query execution was interrupted|Query OK|aborted|killed' "$work/said"
  expect 0 "$(ask -e "$runs")" 'still running'
  sessions=5
}

# Each client is a program of its own, fed through its own pipe; all answer into one. So that all are
# connected at once, nobody gets a first statement of the work before everybody has answered "ready".
scenario_crowd() {
  local client n kept answers inputs=() input
  ask -e 'create table cli_crowd (client int, n int)'
  mkfifo "$work/answers"
  exec {answers}<> "$work/answers"
  for client in $(seq "$crowd_clients"); do
    mkfifo "$work/$client"
    (
      # Only their own pipe keeps them: mysql 9 knows no quit, they go when it ends.
      for input in "${inputs[@]}"; do exec {input}>&-; done
      ask -n < "$work/$client" > "$work/answers" 2>&1
    ) &
    exec {input}> "$work/$client"
    inputs[client]=$input
    printf "set session group_concat_max_len = %d, @client = %d;\nselect 'ready';\n" \
      $((2000 + client)) "$client" >&"$input"
  done
  for client in $(seq "$crowd_clients"); do
    read -r -t 150 -u "$answers" line
    expect ready "$line" 'first answer'
  done
  for client in $(seq "$crowd_clients"); do
    kept=0
    for ((n = 0; n < crowd_transactions; n++)); do
      echo "begin; insert into cli_crowd values ($client, $n);"
      echo "select concat('$client $n ', count(*), ' ', @@group_concat_max_len, ' ', @client)"
      echo "  from cli_crowd where client = $client;"
      echo "$client $n $((kept + 1)) $((2000 + client)) $client" >> "$work/wanted"
      if ((n % 3 == 2)); then echo 'rollback;'; else echo 'commit;'; kept=$((kept + 1)); fi
    done > "$work/script"
    input=${inputs[client]}
    cat "$work/script" >&"$input"
    exec {input}>&-
  done
  for ((n = 0; n < crowd_clients * crowd_transactions; n++)); do
    read -r -t 150 -u "$answers" line
    echo "$line"
  done > "$work/found"
  diff <(sort "$work/wanted") <(sort "$work/found") >&2
  expect "$((crowd_clients * (crowd_transactions - crowd_transactions / 3)))" \
    "$(ask -e 'select count(*) from cli_crowd')" 'all rows'
  ask -e 'drop table cli_crowd'
  wait
  sessions=$((crowd_clients + 3))
}

# A name, so that everything above is read before anything runs.
"scenario_$1"
report "$(basename "$program")" "$("$program" --version | grep -oE '[0-9]+\.[0-9]+\.[0-9]+' | head -1)" \
  "$1" "$sessions"
