# SPDX-License-Identifier: GPL-3.0-or-later
"""What a scenario works with: a folder of its own, programs started and always ended, waits without sleeping blindly.
With EIR_LAB_KEEP=1 the folder stays, with configurations, databases and whole logs, and its name is printed."""

import contextlib
import ctypes
import json
import os
import pathlib
import random
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import uml

SOURCE = pathlib.Path(__file__).resolve().parents[2]
WAIT_S = 30
PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


def wait_for(what, ready, timeout_s=WAIT_S, every_s=0.02, state=None):
    """Polls until ready() gives something true, and returns it. Socket errors count as "not yet". When the time is over it
    says what state() gives."""
    end = time.monotonic() + timeout_s
    last = None
    while time.monotonic() < end:
        try:
            value = ready()
            if value:
                return value
        except (OSError, ValueError, KeyError) as error:
            last = error
        time.sleep(every_s)
    found = ""
    if state:
        try:
            found = f": {state()}"
        except (OSError, ValueError, KeyError) as error:
            found = f": its state cannot be had, {error!r}"
    raise TimeoutError(f"waited {timeout_s} s for {what}{found}" + (f" ({last})" if last else ""))


def die_with_parent():
    """In a started program: it ends when the scenario does, however that ended."""
    _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def tcp_port_open(port, host="127.0.0.1"):
    with contextlib.closing(socket.create_connection((host, port), timeout=1)):
        return True


def sctp_listens(port):
    with open("/proc/net/sctp/eps", encoding="ascii") as eps:
        return any(line.split()[5] == str(port) for line in eps.readlines()[1:])


class Process:
    """A started program; its output is a file."""

    def __init__(self, name, argv, log, env=None, cwd=None, pipes=False, limits=None):
        self.name, self.log = name, pathlib.Path(log)

        def prepare():
            die_with_parent()
            if limits:
                limits()

        with open(log, "ab") as out:
            self.popen = subprocess.Popen([str(a) for a in argv], cwd=cwd, env=env, preexec_fn=prepare, start_new_session=True,
                                          stdin=subprocess.PIPE if pipes else subprocess.DEVNULL,
                                          stdout=subprocess.PIPE if pipes else out, stderr=out)
        self.pid = self.popen.pid

    def running(self):
        return self.popen.poll() is None

    def must_run(self):
        check(self.running(), f"{self.name} ended with {self.popen.poll()}")
        return True

    def signal(self, number):
        if self.running():
            self.popen.send_signal(number)

    def wait(self, timeout_s=WAIT_S):
        return self.popen.wait(timeout_s)

    def kill(self):
        """Ends it as a power cut would."""
        self.signal(signal.SIGKILL)
        self.wait()

    def stop(self, timeout_s=10):
        """SIGTERM and its exit status; SIGKILL when that takes too long."""
        self.signal(signal.SIGTERM)
        try:
            return self.popen.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def text(self):
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""


class LinesProcess(Process):
    """A program that takes a JSON value a line and answers with one a line."""

    def __init__(self, name, argv, log, **more):
        super().__init__(name, argv, log, pipes=True, **more)
        self._rest = b""

    def send(self, *values):
        self.popen.stdin.write(b"".join(json.dumps(v).encode() + b"\n" for v in values))
        self.popen.stdin.flush()

    def receive(self, timeout_s=WAIT_S):
        """The next line's value."""
        end = time.monotonic() + timeout_s
        while b"\n" not in self._rest:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.popen.stdout], [], [], left)[0]:
                raise TimeoutError(f"{self.name} gave no answer in {timeout_s} s")
            chunk = os.read(self.popen.stdout.fileno(), 65536)
            if not chunk:
                raise ConnectionError(f"{self.name} ended with {self.wait()}: {self.text()[-2000:]}")
            self._rest += chunk
        line, _, self._rest = self._rest.partition(b"\n")
        return json.loads(line)

    def ask(self, value, timeout_s=WAIT_S):
        self.send(value)
        return self.receive(timeout_s)

    def finish(self, timeout_s=WAIT_S):
        """No more questions: waits for a clean end."""
        self.popen.stdin.close()
        return self.popen.wait(timeout_s)


class Lab:
    """One scenario's laboratory. Everything started through it ends with it."""

    def __init__(self, build, name, directory=None):
        self.build, self.name = pathlib.Path(build).resolve(), name
        self._own_directory = directory is None
        self.dir = pathlib.Path(directory or tempfile.mkdtemp(prefix=f"eir-lab-{name}.")).resolve()
        self.processes = []
        self._found, self._ports = {}, []
        self.kernel_sctp = uml.kernel_has_sctp()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.stop()
        for claim in self._ports:
            claim.close()
        if os.environ.get("EIR_LAB_KEEP"):
            print(f"kept: {self.dir}")
        elif self._own_directory:
            shutil.rmtree(self.dir, ignore_errors=True)

    def print_logs(self, tail=6000):
        for process in self.processes:
            print(f"---- {process.log.name} (exit {process.popen.poll()})\n{process.text()[-tail:]}")

    def program(self, name):
        """A program of the build tree, or of the system."""
        if name not in self._found:
            # os.walk passes over directories that other tests remove meanwhile.
            paths = (pathlib.Path(at, name) for at, _, files in os.walk(self.build) if name in files)
            path = next((p for p in paths if os.access(p, os.X_OK)), None)
            path = path or shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
            if not path:
                raise FileNotFoundError(f"{name}: neither in {self.build} nor installed")
            self._found[name] = str(path)
        return self._found[name]

    def environment(self, shim=None):
        """For programs with SCTP: where the kernel has none, they are carried over TCP."""
        env = dict(os.environ)
        if shim if shim is not None else not self.kernel_sctp:
            env["LD_PRELOAD"] = str(self.build / "tests/lab/sctp_over_tcp.so")
        return env

    def port(self):
        """A port nobody has, for TCP and for SCTP; below the ones the kernel gives out itself. No other lab gets it until this
        one is left, whether or not something listens there: each that was given out is a name that one socket can have."""
        while True:
            port = random.randint(20000, 31999)
            claim = socket.socket(socket.AF_UNIX)
            try:
                claim.bind(f"\0eir-lab-port-{port}")
                with contextlib.closing(socket.socket()) as probe:
                    probe.bind(("127.0.0.1", port))
            except OSError:
                claim.close()
                continue
            self._ports.append(claim)
            return port

    def write(self, name, text):
        path = self.dir / name
        path.write_text(text, encoding="utf-8")
        return path

    def _log(self, name):
        number = sum(p.name == name for p in self.processes)
        return self.dir / (f"{name}.log" if not number else f"{name}.{number}.log")

    def start(self, name, argv, shim=None, lines=False, **more):
        kind = LinesProcess if lines else Process
        process = kind(name, argv, self._log(name), env=more.pop("env", None) or self.environment(shim), cwd=self.dir, **more)
        self.processes.append(process)
        return process

    def run(self, argv, timeout_s=60, check=True, **more):
        """A program to its end; returns it with .stdout as text."""
        done = subprocess.run([str(a) for a in argv], cwd=self.dir, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=timeout_s, check=False, **more)
        if check and done.returncode:
            raise AssertionError(f"{argv[0]} ended with {done.returncode}:\n{done.stdout}")
        return done

    def sctp_ready(self, port):
        """Something listens there by SCTP, or by what stands for it."""
        return sctp_listens(port) if self.kernel_sctp else tcp_port_open(port)


def check(condition, text):
    """A scenario's assertion: survives python -O and says what was wrong."""
    if not condition:
        raise AssertionError(text)


def equal(got, wanted, what):
    check(got == wanted, f"{what}: {got!r}, expected {wanted!r}")
