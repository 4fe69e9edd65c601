# What the drivers that are programs share: how a scenario is chosen, checked and reported.
set -euo pipefail

crowd_clients=${CROWD_CLIENTS:-200}
crowd_transactions=${CROWD_TRANSACTIONS:-9}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

expect() { # WANTED FOUND WHAT: ends the scenario with both values unless they are equal
  [ "$1" = "$2" ] || { printf '%s: wanted "%s", found "%s"\n' "$3" "$1" "$2" >&2; exit 1; }
}

# One session of psql for each call: quiet, bare values, no start-up file.
ask() { psql -XqAt -v ON_ERROR_STOP=1 "$@"; }

report() { # DRIVER VERSION SCENARIO SESSIONS
  printf '{"driver": "%s", "version": "%s", "scenario": "%s", "sessions": %d}\n' "$@"
}
