"""psql as a person uses it: on a pseudo-terminal, key by key. Prints what was typed and heard, as JSON."""

import json
import os
import pty
import re
import select
import subprocess
import sys
import tempfile
import time

PROMPT = "[ready] "
DEADLINE = 90


class Terminal:
    """psql behind a pseudo-terminal."""

    def __init__(self):
        self.heard = []
        self._unread = ""
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            os.environ.update(TERM="dumb", PSQL_HISTORY="/dev/null", INPUTRC="/dev/null", COLUMNS="160")
            arguments = ["-X", "-P", "pager=off", "-v", f"PROMPT1={PROMPT}", "-v", "PROMPT2=[more] "]
            os.execvp("psql", ["psql", *arguments])
        self.until(PROMPT)

    def key(self, keys):
        os.write(self._terminal, keys.encode())

    def until(self, wanted):
        """Reads up to and with this text; the end of the deadline says what came instead."""
        end = time.monotonic() + DEADLINE
        while wanted not in self._unread:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._terminal], [], [], left)[0]:
                raise AssertionError(f"wanted {wanted!r}, heard {self._unread!r}")
            self._unread += os.read(self._terminal, 65536).decode(errors="replace").replace("\r", "")
        at = self._unread.index(wanted) + len(wanted)
        text, self._unread = self._unread[:at], self._unread[at:]
        return text

    def say(self, line, then=PROMPT):
        """Types a line and waits for the next prompt. Returns what came between."""
        self.key(line + "\n")
        text = self.until(then).removesuffix(then)
        self.heard.append([line, text])
        return text

    def leave(self):
        self.key("\\q\n")
        os.waitpid(self._pid, 0)


def needs(wanted, text):
    if not re.search(wanted, text):
        raise AssertionError(f"wanted {wanted!r}, heard {text!r}")


def describe(terminal):
    terminal.say("create table shelf (id int primary key, title text not null default 'none');")
    terminal.say("create view titles as select title from shelf;")
    needs("shelf_pkey", terminal.say("\\d shelf"))
    needs("titles", terminal.say("\\d"))
    for command in ("\\dt+", "\\d+ titles", "\\di", "\\dn", "\\du app", "\\df", "\\dp shelf"):
        terminal.say(command)
    needs("title +\\| text", terminal.say("select * from shelf \\gdesc"))
    terminal.say("select nonsense from shelf;")
    terminal.say("\\errverbose")
    terminal.say("insert into shelf values (1), (2) returning *;")


def copy(terminal):
    """In a folder of its own: see main."""
    with open("in.csv", "w", encoding="utf-8") as file:
        file.writelines(f"{n},title {n}\n" for n in range(1000))
    terminal.say("create table shelf (id int primary key, title text);")
    terminal.say("\\copy shelf from 'in.csv' csv")
    terminal.say("select count(*), max(title) from shelf;")
    terminal.say("\\copy (select * from shelf order by id) to 'out.csv' csv")
    with open("in.csv", encoding="utf-8") as wanted, open("out.csv", encoding="utf-8") as found:
        if wanted.read() != found.read():
            raise AssertionError("what was copied out is not what was copied in")
    terminal.say("\\copy (select * from shelf where id < 3) to stdout")
    needs("duplicate key", terminal.say("\\copy shelf from 'in.csv' csv"))
    terminal.say("select count(*) from shelf;")


def cancel(terminal):
    for _ in range(3):
        terminal.key("select pg_sleep(60) /* terminal */;\n")
        runs = "select count(*) from pg_stat_activity where state = 'active'" \
            " and query like '%pg_sleep(60) /*%' and pid <> pg_backend_pid()"
        end = time.monotonic() + DEADLINE
        while subprocess.check_output(["psql", "-XqAtc", runs], text=True).strip() == "0":
            if time.monotonic() > end:
                raise AssertionError("the statement never ran")
        terminal.key("\x03")
        heard = terminal.until(PROMPT)
        needs("Cancel request sent", heard)
        needs("canceling statement due to user request", heard)
        terminal.say("select 'goes on';")


def watch(terminal):
    terminal.key("select 'tick' as sound \\watch 0.2\n")
    for _ in range(2):
        terminal.until("\n tick\n")
    terminal.key("\x03")
    terminal.until(PROMPT)
    terminal.say("select 'goes on';")


def connect(terminal):
    terminal.say("set work_mem = '7MB';")
    needs("as user \"reader\"", terminal.say("\\c - reader"))
    terminal.say("select current_user, current_setting('work_mem');")
    needs("to database \"other\"", terminal.say("\\c other"))
    terminal.say("select current_database(), current_user;")
    needs("database \"app\" as user \"app\"", terminal.say("\\c app app"))
    terminal.say("select current_database(), current_user;")
    terminal.say("\\c nowhere")
    terminal.say("select 'still here';")
    needs("You are connected to database \"app\" as user \"app\"", terminal.say("\\conninfo"))


def complete(terminal):
    terminal.say("create table shelf_of_books (id int);")
    terminal.key("select count(*) from shelf_of\t")
    terminal.until("shelf_of_books")
    terminal.say(";")
    terminal.key("\\d shelf_of\t")
    terminal.until("shelf_of_books")
    needs("integer", terminal.say(""))


def password(terminal):
    terminal.say("\\password", then="Enter new password for user \"app\": ")
    terminal.say(os.environ["PGPASSWORD"], then="Enter it again: ")
    terminal.say(os.environ["PGPASSWORD"])
    needs("You are now connected", terminal.say("\\c"))
    terminal.say("select 'goes on';")


SCENARIOS = {
    "describe": describe, "copy": copy, "cancel": cancel, "watch": watch, "connect": connect,
    "complete": complete, "password": password,
}


def main():
    if sys.argv[1] == "copy":
        # \copy reads and writes where psql was started.
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            play(copy)
        return
    play(SCENARIOS[sys.argv[1]])


def play(scenario):
    terminal = Terminal()
    scenario(terminal)
    terminal.leave()
    print(json.dumps(terminal.heard))


main()
