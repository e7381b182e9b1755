"""Run a command and print what it used as JSON: `python child.py COMMAND ...`.

A process of its own, because Linux counts the memory of the one that starts a command into the command's peak: a test
run that holds a gigabyte would see a gigabyte everywhere.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time


def main() -> None:
    began = time.perf_counter()
    process = subprocess.Popen(sys.argv[1:], stdout=sys.stderr)
    _, status, used = os.wait4(process.pid, 0)
    spent = {
        "code": os.waitstatus_to_exitcode(status),
        "wall": time.perf_counter() - began,
        "cpu": used.ru_utime + used.ru_stime,
        "gib": used.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 2**30,
    }
    process.returncode = spent["code"]
    print(json.dumps(spent))


if __name__ == "__main__":
    main()
