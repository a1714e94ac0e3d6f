#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs scenarios of tests/interop.

runner.py --build DIR run FILE.FUNCTION     one scenario, here; its log comes out; after --limit SECONDS it has failed
runner.py --build DIR boot                  every sctp_ scenario, on a kernel with SCTP, in one boot
runner.py --build DIR report FILE.FUNCTION  what boot found about one of them
runner.py --build DIR list                  the names
"""

import argparse
import contextlib
import importlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
INTEROP = HERE.parent / "interop"
SUITE_TIMEOUT_S = 1100
SCENARIO_TIMEOUT_S = 240
LOGS_S = 10  # of that, to end programs and to print their logs

sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE), str(INTEROP)]


def names(kind):
    """FILE.FUNCTION of every scenario of a kind (sctp or plain), in the order they are written."""
    found = []
    for path in sorted(INTEROP.glob("*.py")):
        for function in re.findall(rf"^def ({kind}_[a-z0-9_]+)\(lab\)", path.read_text(encoding="utf-8"), re.M):
            found.append(f"{path.stem}.{function}")
    return found


class OutOfTime(Exception):
    """None of the errors that waits take for "not yet"."""


@contextlib.contextmanager
def limited(seconds):
    """Ends what takes too long where it stands, so that the trace says where; 0: no limit."""
    def over(*_):
        raise OutOfTime(f"not done after {seconds} s")

    signal.signal(signal.SIGALRM, over)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


def run(build, name, limit_s):
    """Runs one scenario in this process; 0 when it held."""
    from lab import Lab

    module, function = name.split(".")
    with Lab(build, name) as lab:
        try:
            with limited(limit_s):
                getattr(importlib.import_module(module), function)(lab)
        except Exception:  # the scenario's verdict, whatever it was
            traceback.print_exc(file=sys.stdout)
            lab.print_logs()
            return 1
    print(f"{name}: passed")
    return 0


def result_paths(build, name):
    folder = pathlib.Path(build) / "lab-results"
    return folder / f"{name}.json", folder / f"{name}.log"


def suite(build, only):
    """Every sctp_ scenario, each in a process of its own; in the guest where there is one."""
    failed = 0
    for name in names("sctp"):
        if only and not any(text in name for text in only):
            continue
        result, log = result_paths(build, name)
        start = time.monotonic()
        with open(log, "w", encoding="utf-8") as out:
            argv = [sys.executable, __file__, "--build", build, "run", name, "--limit",
                    str(SCENARIO_TIMEOUT_S - LOGS_S)]
            try:
                code = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, check=False,
                                      timeout=SCENARIO_TIMEOUT_S).returncode
            except subprocess.TimeoutExpired:
                out.write(f"ended after {SCENARIO_TIMEOUT_S} s\n")
                code = 124
        took = round(time.monotonic() - start, 1)
        result.write_text(json.dumps({"name": name, "exit": code, "seconds": took}), encoding="utf-8")
        print(f"{name}: {'passed' if code == 0 else 'FAILED'} ({took} s)", flush=True)
        failed += code != 0
    return failed


def boot(build, only):
    """The suite where there is SCTP. 0 when it ran to its end, whatever the scenarios said."""
    import uml

    folder = pathlib.Path(build) / "lab-results"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*"):
        old.unlink()
    argv = [sys.executable, __file__, "--build", build, "suite", *only]
    return uml.run(argv, work=build, xstate=f"{build}/tests/lab/uml_xstate.so", timeout_s=SUITE_TIMEOUT_S)


def report(build, name):
    result, log = result_paths(build, name)
    if log.exists():
        sys.stdout.write(log.read_text(encoding="utf-8", errors="replace"))
    if not result.exists():
        print(f"{name}: the suite did not get to it")
        return 1
    return 0 if json.loads(result.read_text(encoding="utf-8"))["exit"] == 0 else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, help="the build tree")
    parser.add_argument("command", choices=["run", "boot", "suite", "report", "list"])
    parser.add_argument("names", nargs="*", help="FILE.FUNCTION; for boot: only names that contain one of these")
    parser.add_argument("--limit", type=int, default=0, metavar="SECONDS", help="of run, for each scenario; 0: none")
    args = parser.parse_args()
    build = os.path.abspath(args.build)
    if args.command == "run":
        return max(run(build, name, args.limit) for name in args.names)
    if args.command == "report":
        return max(report(build, name) for name in args.names)
    if args.command == "boot":
        return boot(build, args.names)
    if args.command == "suite":
        suite(build, args.names)
        return 0
    print("\n".join(names("sctp") + names("plain")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
