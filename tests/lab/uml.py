# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a command where the kernel has SCTP: here, in a network namespace, or in user-mode-linux."""

import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
UML = "linux.uml"


def kernel_has_sctp():
    """True when this kernel gives out SCTP sockets (it may load the module for that)."""
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP).close()
        return True
    except OSError:
        return False


def can_unshare_net():
    done = subprocess.run(["unshare", "-n", "true"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return done.returncode == 0


def plan():
    """How a command gets SCTP: "namespace", "direct", "uml", or None where there is no way."""
    if kernel_has_sctp():
        return "namespace" if can_unshare_net() else "direct"
    return "uml" if shutil.which(UML) else None


def run(argv, work, xstate, timeout_s, memory_mb=1024, out=sys.stdout):
    """Runs argv and returns its exit status; 124 at a timeout, 125 when it could not be started.

    work: the one folder argv may write to. xstate: path of the library for hosts with AMX.
    """
    how = plan()
    if how is None:
        print("no SCTP: the kernel has none and user-mode-linux is not installed", file=out)
        return 125
    print(f"SCTP by: {how}", file=out, flush=True)
    if how == "uml":
        return _run_uml(argv, work, xstate, timeout_s, memory_mb, out)
    if how == "namespace":
        argv = ["unshare", "-n", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", *argv]
    try:
        return subprocess.run(argv, timeout=timeout_s, check=False, stdout=out, stderr=out).returncode
    except subprocess.TimeoutExpired:
        return 124


def _memory_dir(memory_mb, fallback):
    """The guest's memory is a file: in /dev/shm where that is large enough, else on disk."""
    try:
        stat = os.statvfs("/dev/shm")
        if stat.f_bavail * stat.f_frsize > memory_mb * 1.2 * 2**20:
            return "/dev/shm"
    except OSError:
        pass
    return fallback


def _run_uml(argv, work, xstate, timeout_s, memory_mb, out):
    ctl = tempfile.mkdtemp(prefix="eir-uml.", dir=work)
    try:
        with open(f"{ctl}/job", "w", encoding="utf-8") as job:
            job.write(f"cd {shlex.quote(work)} && exec {shlex.join(argv)}\n")
        shutil.copy(f"{HERE}/uml_init", f"{ctl}/init")
        os.chmod(f"{ctl}/init", 0o755)
        open(f"{ctl}/out", "w", encoding="utf-8").close()
        command = [
            UML, f"mem={memory_mb}M", "umid=eir", f"uml_dir={ctl}/", "root=/dev/root", "rootfstype=hostfs", "rootflags=/",
            "ro", f"init={ctl}/init", f"EIR_CTL={ctl}", f"EIR_WORK={work}", "con=null", "con0=null,fd:1", "ssl=null",
            "loglevel=1", "panic=-1",
        ]
        env = dict(os.environ, LD_PRELOAD=xstate, TMPDIR=_memory_dir(memory_mb, ctl))
        with open(f"{ctl}/console", "wb") as console:
            guest = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=console, stderr=console, env=env,
                                     start_new_session=True)
        status = _follow(guest, f"{ctl}/out", timeout_s, out)
        if status is not None:
            return status
        try:
            with open(f"{ctl}/rc", encoding="utf-8") as rc:
                return int(rc.read())
        except (OSError, ValueError):
            print(f"the guest did not run the command (exit {guest.returncode}); its console:", file=out)
            with open(f"{ctl}/console", errors="replace", encoding="utf-8") as console:
                print(console.read()[-4000:], file=out)
            return 125
    finally:
        shutil.rmtree(ctl, ignore_errors=True)


def _follow(guest, path, timeout_s, out):
    """Copies the guest's output until it ends; 124 when it had to be ended at its time limit."""
    end = time.monotonic() + timeout_s
    with open(path, errors="replace", encoding="utf-8") as lines:
        while True:
            ended = guest.poll() is not None
            text = lines.read()
            if text:
                out.write(text)
                out.flush()
            if ended:
                return None
            if time.monotonic() > end:
                os.killpg(guest.pid, 9)
                guest.wait()
                print(f"ended after {timeout_s} s", file=out)
                return 124
            time.sleep(0.1)
