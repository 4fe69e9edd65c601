#!/usr/bin/env bash
# pgbench: many clients in one program, each query mode. A wrong answer divides by zero and ends the run.
. "$(dirname "$0")/scenario.sh"

# Each client knows its own rows and its own setting; every third transaction changes its mind.
cat > "$work/crowd.sql" <<'SQL'
\set n :n + 1
begin;
select set_config('app.client', :client_id::text, false) where :n = 1;
insert into pgbench_crowd values (:client_id, :n);
select 1 / (count(*) = :kept + 1 and current_setting('app.client') = :client_id::text)::int
  from pgbench_crowd where client = :client_id;
\if :n % 3 = 0
rollback;
\else
\set kept :kept + 1
commit;
\endif
SQL

# With -M prepared pgbench waits for the answer to each first Parse, and all other clients of its thread stand
# still meanwhile, those in a transaction too. On fewer connections than clients that is a deadlock of its own
# making; with a thread for each client it is none.
threads() { # MODE CLIENTS
  if [ "$1" = prepared ]; then echo "$2"; else echo 2; fi
}

crowd() { # MODE
  ask -c 'drop table if exists pgbench_crowd' 2> "$work/notices"
  ask -c 'create table pgbench_crowd (client int, n int)'
  run_bench -M "$1" -c "$crowd_clients" -j "$(threads "$1" "$crowd_clients")" -t "$crowd_transactions" \
    -D n=0 -D kept=0 -f "$work/crowd.sql"
  expect "$((crowd_clients * (crowd_transactions - crowd_transactions / 3)))" \
    "$(ask -c 'select count(*) from pgbench_crowd')" 'all rows'
  ask -c 'drop table pgbench_crowd'
  sessions=$((crowd_clients + 4))
}

run_bench() {
  pgbench -n "$@" > "$work/said" 2>&1 || { cat "$work/said" >&2; exit 1; }
  grep -q 'number of failed transactions: 0 ' "$work/said"
}

builtin_script() { # MODE
  pgbench -q -i -s 1 > "$work/said" 2>&1 || { cat "$work/said" >&2; exit 1; }
  run_bench -M "$1" -c 20 -j "$(threads "$1" 20)" -t 50 -b tpcb-like
  run_bench -M "$1" -c 20 -j 2 -t 100 -b select-only
  run_bench -M "$1" -c 10 -j 2 -t 10 -C -b select-only
  expect 1000 "$(ask -c 'select count(*) from pgbench_history')" 'rows of the history'
  local balance='select (select sum(abalance) from pgbench_accounts)
    - (select sum(delta) from pgbench_history)'
  expect 0 "$(ask -c "$balance")" balance
  ask -c 'drop table pgbench_accounts, pgbench_branches, pgbench_tellers, pgbench_history'
  sessions=144
}

scenario_simple() { builtin_script simple; }
scenario_extended() { builtin_script extended; }
scenario_prepared() { builtin_script prepared; }
scenario_crowd() { crowd prepared; }
scenario_crowdsimple() { crowd simple; }
scenario_crowdextended() { crowd extended; }

"scenario_$1"
report pgbench "$(pgbench --version | grep -oE '[0-9]+\.[0-9]+' | head -1)" "$1" "$sessions"
