# SPDX-License-Identifier: GPL-3.0-or-later
"""The central database as it is run: the real cdbd, administered by cdbctl while it runs, spoken to by Net::EPP."""

import signal

from centre import Centre
from certificates import Authority
from epp import NetEpp, validate_frames
from epp_interop import entry
from lab import SOURCE, check, equal, wait_for

FIRST, SECOND, THIRD = "352106050544203", "352106050544211", "352106050544229"


class Shipped(Centre):
    """cdbd with the configuration that is shipped, its paths and ports changed."""

    def config(self):
        text = (SOURCE / "config/cdbd.cfg").read_text(encoding="utf-8")
        for old, new in (("/etc/turnstile/tls/clients-ca.pem", str(self.authority.ca)), ("/etc/turnstile/tls", str(self.lab.dir)),
                         ("/var/lib/turnstile/cdb", str(self.directory)), ("/usr/share/turnstile", f"{SOURCE}/config"),
                         ("bind 127.0.0.1 4292", f"bind 127.0.0.1 {self.vty_port}"),
                         ("bind 127.0.0.1 9291", f"bind 127.0.0.1 {self.metrics_port}"),
                         ("listen 127.0.0.1 700", f"listen 127.0.0.1 {self.epp_port}"),
                         ("listen 127.0.0.1 8443", f"listen 127.0.0.1 {self.files_port}"),
                         ("lock-out user 10 within 300 for 900", "lock-out user 4 within 300 for 900")):
            check(old in text, f"config/cdbd.cfg says '{old}'")
            text = text.replace(old, new)
        return text

    def start(self):
        self.lab.run([self.lab.program("cdbd"), "--check", "-c", self.lab.write(f"{self.name}.cfg", self.config())])
        return super().start()


def plain_cdbd_serves_and_keeps(lab):
    centre = Shipped(lab, Authority(lab, "lea", "head", "importer")).start()
    centre.add_user("LEA-1", "law-enforcement", "lea")
    centre.add_user("HEAD-1", "administrator", "head")
    centre.add_user("IMP-1", "importer", "importer")
    check("LEA-1" in centre.cdbctl("user", "list"), "the user is there while cdbd runs")
    police, importer = NetEpp(lab, centre.epp_port, "lea"), NetEpp(lab, centre.epp_port, "importer")
    importer.login("LEA-1", code=2200)  # another's certificate
    police.login("LEA-1")
    importer.login("IMP-1")
    importer.ask("create", "imei", ["name", {}, FIRST], ["name", {}, SECOND])
    equal(police.ask("check", "imei", ["name", {}, FIRST], ["name", {}, THIRD])["avail"], ["0", "1"], "what is filed")

    change = entry("add", ["imei:from", {}, FIRST], ["imei:list", {}, "black"], ["imei:terms", {}, ["imei:reason", {}, "stolen"]])
    proposed = police.ask("create", "proposal", ["filing", {}, "1/2010"], change, code=1001)["id"][0]
    equal(police.ask("info", "proposal", ["id", {}, proposed])["state"], ["pending"], "the proposal")
    police.ask("update", "proposal", ["id", {}, proposed], ["verdict", {}, "approve"], code=2201)
    check("pending" in centre.cdbctl("proposal", "list"), "the Administrator sees it")
    centre.cdbctl("proposal", "approve", proposed, "--reason", "seen")
    centre.cdbctl("proposal", "approve", proposed)  # the state is reached already
    centre.cdbctl("proposal", "reject", proposed, expect=1)
    message = wait_for("the message", lambda: police.client.ask({"verb": "poll", "op": "req"}).get("queue"))
    police.ask("poll", op="ack", id=message["id"])
    shown = centre.cdbctl("device", "show", FIRST)
    check("black" in shown and "stolen" in shown, f"it is black: {shown}")
    item = ["item", {}, ["imei:create", {}, ["imei:name", {}, THIRD]]]
    job = importer.ask("create", "job", ["filing", {}, "2/2010"], item, code=1001)["id"][0]
    wait_for("the job", lambda: "done" in centre.cdbctl("job", "show", job).splitlines()[2])
    equal(len(centre.cdbctl("job", "list").splitlines()), 1, "lines of jobs that wait")

    check(centre.metric("eir_cdb_imeis_changed_total") >= 4, "IMEIs changed")
    equal(centre.metric("eir_epp_output_invalid_total"), 0, "answers that broke the schemas")
    equal(centre.metric("eir_epp_sessions"), 2, "sessions")
    before = centre.cdbctl("version", "list")
    equal(centre.process.stop(30), 0, "cdbd ends cleanly while sessions are open")
    check("stopped" in centre.process.text(), "it says so")
    check(not (centre.directory / "control.sock").exists(), "the socket is gone")

    centre.cdbctl("user", "disable", "HEAD-1")  # without a daemon it works on the directory
    centre.start()
    equal(centre.cdbctl("version", "list").splitlines()[:2], before.splitlines()[:2], "versions made before")
    again = NetEpp(lab, centre.epp_port, "lea")
    again.login("LEA-1")
    equal(again.ask("info", "proposal", ["id", {}, proposed])["state"], ["realised"], "the proposal, after a restart")
    equal(again.ask("check", "imei", ["name", {}, THIRD])["avail"], ["0"], "what the job filed")
    again.ask("poll", op="req", code=1300)
    check("whole" in centre.cdbctl("audit", "verify").splitlines()[-1], "the audit is whole")
    centre.process.signal(signal.SIGHUP)
    wait_for("new certificates", lambda: "certificates read again" in centre.process.text())
    equal(again.ask("check", "imei", ["name", {}, SECOND])["avail"], ["0"], "the session goes on")
    equal(centre.process.stop(30), 0, "cdbd's end")
    validate_frames(lab)


def plain_cdbd_locks_out(lab):
    centre = Shipped(lab, Authority(lab, "lea")).start()
    centre.add_user("LEA-1", "law-enforcement", "lea")
    for attempt in range(2):
        guesser = NetEpp(lab, centre.epp_port, "lea")
        for code in (2200, 2200):
            guesser.login("LEA-1", pw=f"secret-{attempt}x", code=code)
    right = NetEpp(lab, centre.epp_port, "lea")
    right.login("LEA-1", code=2200)  # the right password, and no word of the lock-out
    equal(centre.metric("eir_cdb_locked_out"), 1, "locked out")
    equal(centre.cdbctl("user", "unlock", "LEA-1").strip(), "unlocked", "cdbctl")
    right.login("LEA-1")
    centre.cdbctl("user", "unlock", "LEA-1", expect=1)
    equal(centre.process.stop(30), 0, "cdbd's end")
