# SPDX-License-Identifier: GPL-3.0-or-later
"""The centre and what follows it, as scenarios start them: cdbd, eir-syncd, and their users."""

import json
import re
import sqlite3
import subprocess

from console import Vty, metric
from epp import PASSWORD
from lab import SOURCE, check, tcp_port_open, wait_for


def console_lines(vty_port, metrics_port, level="notice"):
    return ["log stderr", " logging filter all 1", " logging color 0", " logging print category 1", " logging timestamp 1",
            f" logging level set-all {level}", "line vty", f" bind 127.0.0.1 {vty_port}", "metrics",
            f" bind 127.0.0.1 {metrics_port}"]


class Centre:
    """cdbd with a configuration of its own. Built first, changed by its fields, then started."""

    def __init__(self, lab, authority, name="cdbd", site="CDB"):
        self.lab, self.authority, self.name, self.site = lab, authority, name, site
        self.directory = lab.dir / name
        self.epp_port, self.files_port = lab.port(), lab.port()
        self.vty_port, self.metrics_port = lab.port(), lab.port()
        self.files_uri_port = self.files_port  # another where a proxy stands before it
        self.epp, self.extra = [], []
        self.site_port, self.peers = lab.port(), []  # other sites: (Centre, its site's port as seen from here)
        self.standby_sync = False  # as a line of the configuration
        self.nodes = []  # each a Syncd that this centre tells of versions at its own server
        self.version_interval = 500
        self.process = None
        authority.issue(name)

    def _node_lines(self):
        return [line for syncd in self.nodes
                for line in (f"node {syncd.user}", " host 127.0.0.1", f" port {syncd.push_port}", " alarm-after 1")]

    def _site_lines(self):
        if not self.peers:
            return []
        where = self.lab.dir
        sync = [" standby-sync on"] if self.standby_sync else []
        return [f"site {self.name}", f" bind 127.0.0.1 {self.site_port}", *sync, f" certificate {where}/{self.name}.pem",
                f" private-key {where}/{self.name}.key", f" ca {self.authority.ca}",
                *(f" peer {peer.name} 127.0.0.1 {port} {self.authority.fingerprint(peer.name)}" for peer, port in self.peers)]

    def config(self):
        where = self.lab.dir
        return "\n".join([
            *console_lines(self.vty_port, self.metrics_port),
            "registry", f" directory {self.directory}", f" site {self.site}", f" version-interval {self.version_interval}",
            "epp", f" listen 127.0.0.1 {self.epp_port}", f" tls certificate {where}/{self.name}.pem",
            f" tls private-key {where}/{self.name}.key", f" tls ca {self.authority.ca}",
            f" schemas {SOURCE}/config/schemas", f" messages {SOURCE}/config/messages", *(f" {line}" for line in self.epp),
            "files", f" listen 127.0.0.1 {self.files_port}", f" uri https://127.0.0.1:{self.files_uri_port}",
            f" versions {self.directory}/versions", f" sightings {self.directory}/sightings",
            *self._site_lines(), *self._node_lines(), *self.extra, ""])

    def start(self):
        path = self.lab.write(f"{self.name}.cfg", self.config())
        self.process = self.lab.start(self.name, [self.lab.program("cdbd"), "-c", path], shim=False)
        wait_for(f"{self.name} to serve", lambda: self.process.must_run() and " serves" in self.process.text())
        return self

    def cdbctl(self, *words, stdin="", expect=0, timeout_s=120):
        done = subprocess.run([self.lab.program("cdbctl"), "-d", str(self.directory), *map(str, words)], input=stdin,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout_s, check=False)
        check(expect is None or done.returncode == expect,
              f"cdbctl {' '.join(map(str, words[:20]))} ended with {done.returncode}: {done.stdout}")
        return done.stdout

    def add_user(self, name, role, certificate=None, follows=False):
        """A user with PASSWORD, bound to the certificate of that name."""
        words = ["user", "add", name, "--role", role]
        if certificate:
            words += ["--certificate", self.authority.fingerprint(certificate)]
        self.cdbctl(*words, *(["--follows"] if follows else []), stdin=PASSWORD + "\n")

    def public_key(self):
        """The key that versions are proven with, as a file."""
        path = self.lab.dir / f"{self.name}.pub"
        self.lab.run(["openssl", "pkey", "-in", self.directory / "centre.key", "-pubout", "-out", path])
        return path

    def _query(self, sql):
        db = sqlite3.connect(f"file:{self.directory}/registry.db?mode=ro", uri=True, timeout=20)
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()

    def _manifest(self):
        rows = self._query("select epoch, number, manifest from version order by epoch desc, number desc limit 1")
        if not rows:
            return 0, 0, {}
        epoch, number, text = rows[0]
        return epoch, number, dict(line.partition(" ")[::2] for line in text.splitlines())

    def version(self):
        """(epoch, number, digest) of the newest version; nothing yet: (0, 0, "")."""
        epoch, number, manifest = self._manifest()
        return epoch, number, manifest.get("digest", "")

    def stored(self):
        """The newest version, and how many IMEIs it has on lists."""
        epoch, number, manifest = self._manifest()
        return f"{epoch}.{number}", int(manifest.get("count-imeis", 0))

    def _setting(self, name, otherwise):
        rows = self._query(f"select value from setting where name = '{name}'")
        return bytes(rows[0][0]).decode() if rows else otherwise

    def role(self):
        """Among several sites: "active" or "following"."""
        return self._setting("site.state", "active")

    def epoch(self):
        """The last promotion's, as it stands on record here."""
        return int(self._setting("epoch", "1"))

    def newest_block(self):
        """(number, hash) of the audit's newest block."""
        rows = self._query("select number, hash from audit_block order by number desc limit 1")
        return (rows[0][0], rows[0][1].hex()) if rows else (0, "")

    def missing(self, trids):
        """Those of the clTRIDs that the audit has no command of."""
        lacking, trids = [], list(trids)
        for at in range(0, len(trids), 500):
            piece = trids[at:at + 500]
            text = self.cdbctl("audit", "find", *piece, expect=None, timeout_s=600)
            found = set(re.findall(r"clTRID (\S+?)(?: \(|,)", text.partition("asked of this site alone")[0]))
            lacking += [trid for trid in piece if trid not in found]
        return lacking

    def sightings(self):
        """What the centre knows was seen: {(IMEI's 14 digits, IMSI)}, as it stores them."""
        return set(self._query("select imei, imsi from sighting"))

    def wait_sightings(self, seen, timeout_s):
        """Until it knows of all of them."""
        def lacking():
            return sorted(seen - self.sightings())
        wait_for(f"{len(seen)} sightings at {self.name}", lambda: not lacking(), timeout_s, every_s=0.5,
                 state=lambda: f"{len(lacking())} are missing: {lacking()[:5]}")

    def vty(self):
        return Vty(self.vty_port)

    def metric(self, name, **labels):
        return metric(self.metrics_port, name, **labels)


class Syncd:
    """eir-syncd beside a node, following centres in the order given: (Centre, its EPP port as seen from here)."""

    def __init__(self, lab, authority, node, centres, name="eir-syncd", user="NODE-1", sightings=None):
        self.lab, self.authority, self.node, self.name, self.user = lab, authority, node, name, user
        self.centres = [c if isinstance(c, tuple) else (c, c.epp_port) for c in centres]
        self.vty_port, self.metrics_port, self.push_port = lab.port(), lab.port(), lab.port()
        self.sightings = sightings
        self.settings = []
        self.process = None
        authority.issue(name)

    def config(self):
        where = self.lab.dir
        password = self.lab.write(f"{self.name}.password", PASSWORD + "\n")
        password.chmod(0o600)
        first = self.centres[0][0]
        lines = [
            *console_lines(self.vty_port, self.metrics_port),
            "follow", f" node {self.user.lower()}", f" replica {self.node.replica}", f" spool {where}/{self.name}.spool",
            f" centre-key {first.public_key()}", f" schemas {SOURCE}/config/schemas", f" messages {SOURCE}/config/messages",
            *(f" {line}" for line in self.settings),
            "tls", f" certificate {where}/{self.name}.pem", f" private-key {where}/{self.name}.key", f" ca {self.authority.ca}"]
        for number, (centre, port) in enumerate(self.centres, 1):
            lines += [f"site site-{number}", " host 127.0.0.1", f" port {port}", f" user {self.user}",
                      f" password-file {password}", f" files https://127.0.0.1:{centre.files_uri_port}", f" priority {number}"]
        lines += ["push", f" listen 127.0.0.1 {self.push_port}", f" from CENTRE {self.authority.fingerprint(first.name)}"]
        if self.sightings:
            lines += ["sightings", f" journals {self.sightings}", f" segments {where}/{self.name}.segments", " interval 200"]
        return "\n".join([*lines, ""])

    def start(self):
        path = self.lab.write(f"{self.name}.cfg", self.config())
        self.process = self.lab.start(self.name, [self.lab.program("eir-syncd"), "-c", path], shim=False)
        wait_for(f"{self.name}'s console", lambda: self.process.must_run() and tcp_port_open(self.vty_port))
        return self

    def vty(self):
        return Vty(self.vty_port)


def replica_status(lab, replica, name="centre"):
    """Of the source of that name: (epoch, number, digest) served; nothing yet: (0, 0, "")."""
    done = lab.run([lab.program("eirctl"), "replica", "status", "--replica", replica, "--json"], check=False)
    if not done.stdout.startswith("{"):
        raise ValueError(f"eirctl replica status ended with {done.returncode}: {done.stdout}")
    for source in json.loads(done.stdout).get("sources", []):
        if source["name"] == name and source.get("served"):
            epoch, _, number = source["served"].partition(".")
            return int(epoch), int(number), source["digest"]
    return 0, 0, ""


def wait_for_one_version(lab, what, centres, nodes, timeout_s):
    """Until centres and nodes hold one and the same version; returns it. Something may still be made into a version
    afterwards: what is compared is read once."""
    def held():
        return [*(c.version() for c in centres), *(replica_status(lab, n.replica) for n in nodes)]

    def one():
        versions = set(held())
        return versions.pop() if len(versions) == 1 and not versions & {(0, 0, "")} else None
    return wait_for(what, one, timeout_s, every_s=0.2, state=held)
