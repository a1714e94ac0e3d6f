# SPDX-License-Identifier: GPL-3.0-or-later
"""The central database as it is run: the real cdbd, administered by cdbctl while it runs, spoken to by Net::EPP."""

import hashlib
import re
import signal
import subprocess
import urllib.request

from epp_interop import NetEpp, certificates, entry
from lab import SOURCE, check, equal, wait_for

FIRST, SECOND, THIRD = "352106050544203", "352106050544211", "352106050544229"


def fingerprint(lab, name):
    """As `cdbctl user add --certificate` wants it."""
    der = subprocess.run(["openssl", "x509", "-in", lab.dir / f"{name}.pem", "-outform", "DER"], stdout=subprocess.PIPE,
                         check=True).stdout
    return hashlib.sha256(der).hexdigest()


class Centre:
    """cdbd in the laboratory's folder, and its cdbctl."""

    def __init__(self, lab, extra=""):
        self.lab = lab
        self.port, self.vty, self.metrics_port = (lab.port() for _ in range(3))
        text = (SOURCE / "config/cdbd.cfg").read_text(encoding="utf-8")
        for old, new in (("/etc/turnstile/tls/cdbd", "server"), ("/etc/turnstile/tls/clients-ca", "ca"),
                         ("/var/lib/turnstile/cdb", "cdb"), ("/usr/share/turnstile", f"{SOURCE}/config"),
                         ("bind 127.0.0.1 4292", f"bind 127.0.0.1 {self.vty}"),
                         ("bind 127.0.0.1 9291", f"bind 127.0.0.1 {self.metrics_port}"),
                         ("listen 127.0.0.1 700", f"listen 127.0.0.1 {self.port}"),
                         ("lock-out user 10 within 300 for 900", "lock-out user 4 within 300 for 900")):
            check(old in text, f"config/cdbd.cfg says '{old}'")
            text = text.replace(old, new)
        (lab.dir / "cdbd.cfg").write_text(text + extra, encoding="utf-8")
        lab.run([lab.program("cdbd"), "--check", "-c", "cdbd.cfg"])
        self.process = None

    def start(self):
        self.process = self.lab.start("cdbd", [self.lab.program("cdbd"), "-c", "cdbd.cfg"])
        wait_for("cdbd", lambda: self.process.must_run() and "serves" in self.process.text())
        return self

    def ctl(self, *words, code=0, stdin=None):
        done = subprocess.run([self.lab.program("cdbctl"), "-d", "cdb", *words], cwd=self.lab.dir, input=stdin, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False)
        equal(done.returncode, code, f"cdbctl {' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout

    def add_user(self, name, role, certificate, *more):
        self.ctl("user", "add", name, "--role", role, "--certificate", fingerprint(self.lab, certificate), *more,
                 stdin="secret-1\n")

    def metric(self, name):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        found = re.findall(rf"^{re.escape(name)}(?:{{[^}}]*}})? (\S+)$", text, re.M)
        check(found, f"there is a metric {name}")
        return sum(float(v) for v in found)


def plain_cdbd_serves_and_keeps(lab):
    certificates(lab, "server", "lea", "head", "importer")
    centre = Centre(lab).start()
    centre.add_user("LEA-1", "law-enforcement", "lea")
    centre.add_user("HEAD-1", "administrator", "head")
    centre.add_user("IMP-1", "importer", "importer")
    check("LEA-1" in centre.ctl("user", "list"), "the user is there while cdbd runs")
    police, importer = NetEpp(lab, centre.port, "lea"), NetEpp(lab, centre.port, "importer")
    importer.login("LEA-1", code=2200)  # another's certificate
    police.login("LEA-1")
    importer.login("IMP-1")
    importer.ask("create", "imei", ["name", {}, FIRST], ["name", {}, SECOND])
    equal(police.ask("check", "imei", ["name", {}, FIRST], ["name", {}, THIRD])["avail"], ["0", "1"], "what is filed")

    change = entry("add", ["imei:from", {}, FIRST], ["imei:list", {}, "black"], ["imei:terms", {}, ["imei:reason", {}, "stolen"]])
    proposed = police.ask("create", "proposal", ["filing", {}, "1/2010"], change, code=1001)["id"][0]
    equal(police.ask("info", "proposal", ["id", {}, proposed])["state"], ["pending"], "the proposal")
    police.ask("update", "proposal", ["id", {}, proposed], ["verdict", {}, "approve"], code=2201)
    check("pending" in centre.ctl("proposal", "list"), "the Administrator sees it")
    centre.ctl("proposal", "approve", proposed, "--reason", "seen")
    centre.ctl("proposal", "approve", proposed)  # the state is reached already
    centre.ctl("proposal", "reject", proposed, code=1)
    message = wait_for("the message", lambda: police.client.ask({"verb": "poll", "op": "req"}).get("queue"))
    police.ask("poll", op="ack", id=message["id"])
    shown = centre.ctl("device", "show", FIRST)
    check("black" in shown and "stolen" in shown, f"it is black: {shown}")
    item = ["item", {}, ["imei:create", {}, ["imei:name", {}, THIRD]]]
    job = importer.ask("create", "job", ["filing", {}, "2/2010"], item, code=1001)["id"][0]
    wait_for("the job", lambda: "done" in centre.ctl("job", "show", job).splitlines()[2])
    equal(len(centre.ctl("job", "list").splitlines()), 1, "lines of jobs that wait")

    check(centre.metric("eir_cdb_imeis_changed_total") >= 4, "IMEIs changed")
    equal(centre.metric("eir_epp_output_invalid_total"), 0, "answers that broke the schemas")
    equal(centre.metric("eir_epp_sessions"), 2, "sessions")
    before = centre.ctl("version", "list")
    equal(centre.process.stop(30), 0, "cdbd ends cleanly while sessions are open")
    check("stopped" in centre.process.text(), "it says so")
    check(not (lab.dir / "cdb/control.sock").exists(), "the socket is gone")

    centre.ctl("user", "disable", "HEAD-1")  # without a daemon it works on the directory
    centre.start()
    equal(centre.ctl("version", "list").splitlines()[:2], before.splitlines()[:2], "versions made before")
    (lab.dir / "frames-lea").rename(lab.dir / "frames-before")
    again = NetEpp(lab, centre.port, "lea")
    again.login("LEA-1")
    equal(again.ask("info", "proposal", ["id", {}, proposed])["state"], ["realised"], "the proposal, after a restart")
    equal(again.ask("check", "imei", ["name", {}, THIRD])["avail"], ["0"], "what the job filed")
    again.ask("poll", op="req", code=1300)
    check("whole" in centre.ctl("audit", "verify").splitlines()[-1], "the audit is whole")
    centre.process.signal(signal.SIGHUP)
    wait_for("new certificates", lambda: "certificates read again" in centre.process.text())
    equal(again.ask("check", "imei", ["name", {}, SECOND])["avail"], ["0"], "the session goes on")
    equal(centre.process.stop(30), 0, "cdbd's end")


def plain_cdbd_locks_out(lab):
    certificates(lab, "server", "lea")
    centre = Centre(lab).start()
    centre.add_user("LEA-1", "law-enforcement", "lea")
    for attempt in range(2):
        guesser = NetEpp(lab, centre.port, "lea")
        for code in (2200, 2200):
            guesser.login("LEA-1", pw=f"secret-{attempt}x", code=code)
        (lab.dir / "frames-lea").rename(lab.dir / f"frames-{attempt}")
    right = NetEpp(lab, centre.port, "lea")
    right.login("LEA-1", code=2200)  # the right password, and no word of the lock-out
    equal(centre.metric("eir_cdb_locked_out"), 1, "locked out")
    equal(centre.ctl("user", "unlock", "LEA-1").strip(), "unlocked", "cdbctl")
    right.login("LEA-1")
    centre.ctl("user", "unlock", "LEA-1", code=1)
    equal(centre.process.stop(30), 0, "cdbd's end")
