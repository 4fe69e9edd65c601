"""An AWS CLI, loaded once: each line of input is a call, each line of output its outcome.

A call is {"environment": {NAME: VALUE or null}, "arguments": [...]}; the outcome is
{"code": N, "output": TEXT, "errors": TEXT}. What is saved is a call's first second, in which Python loads it.
"""

import contextlib
import io
import json
import os
import sys

import awscli.clidriver


def outcome(call):
    for name, value in call["environment"].items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    # As the program itself reads them.
    sys.argv[1:] = call["arguments"]
    output, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        try:
            code = awscli.clidriver.main()
        except SystemExit as end:
            code = end.code
    return {"code": code, "output": output.getvalue(), "errors": errors.getvalue()}


for line in sys.stdin:
    print(json.dumps(outcome(json.loads(line))), flush=True)
