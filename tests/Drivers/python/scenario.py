"""What every Python driver's program shares: how a scenario is chosen, checked and reported."""

import json
import os
import sys

HOST = os.environ["PGHOST"]
PORT = int(os.environ["PGPORT"])
USER = os.environ["PGUSER"]
PASSWORD = os.environ["PGPASSWORD"]
DATABASE = os.environ["PGDATABASE"]

CROWD = int(os.environ.get("CROWD_CLIENTS", "200"))
CROWD_TRANSACTIONS = int(os.environ.get("CROWD_TRANSACTIONS", "9"))


def expect(wanted, found, what):
    """Ends the scenario with both values unless they are equal."""
    if wanted != found:
        raise AssertionError(f"{what}: wanted {wanted!r}, found {found!r}")


def run(driver, version, scenarios):
    """Runs the scenario named on the command line, or those named line by line on standard input ("-")."""
    for line in sys.stdin if sys.argv[1] == "-" else sys.argv[1:]:
        name = line.strip()
        report = {"driver": driver, "version": version, "scenario": name, "sessions": scenarios[name]()}
        print(json.dumps(report), flush=True)
