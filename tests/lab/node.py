# SPDX-License-Identifier: GPL-3.0-or-later
"""The node and its neighbours as scenarios start them: configuration written, ports chosen, readiness waited for."""

import csv
import io
import pathlib
import random
import re

from console import Ctrl, Vty
from lab import SOURCE, check, tcp_port_open, wait_for

STP_VTY_PORT = 4239
NODE_PC, MSC_PC = "0.0.2", "0.0.1"
NODE_CONTEXT, MSC_CONTEXT = 2, 1
NODE_GT, MSC_GT = "882100000901", "882100000001"
REALM = "lab.example"
NODE_HOST, MME_HOST = f"eir.{REALM}", f"mme1.{REALM}"
CASES = SOURCE / "tests/cases"


class Stp:
    """osmo-stp with static ASPs. Application servers: the node's and the MSC's."""

    def __init__(self, lab, node_asps=1, msc_asps=1, mode="loadshare", name="osmo-stp", node_pc=NODE_PC):
        self.lab, self.name, self.mode, self.node_pc = lab, name, mode, node_pc
        self.port = lab.port()
        # Its console's port is fixed: an address of the scenario's own keeps two of them apart.
        self.vty_address = f"127.1.{random.randint(1, 254)}.{random.randint(1, 254)}"
        self.node_ports = [lab.port() for _ in range(node_asps)]
        self.msc_ports = [lab.port() for _ in range(msc_asps)]
        self.process = None

    def config(self):
        asps, groups = [], {"eir": [], "msc": []}
        for group, ports in (("eir", self.node_ports), ("msc", self.msc_ports)):
            for number, port in enumerate(ports, 1):
                name = f"asp-{group}-{number}"
                groups[group].append(name)
                asps += [f" asp {name} {port} {self.port} m3ua", "  remote-ip 127.0.0.1", "  role sg",
                         "  sctp-role server"]
        for group, context, pc in (("eir", NODE_CONTEXT, self.node_pc), ("msc", MSC_CONTEXT, MSC_PC)):
            asps += [f" as as-{group} m3ua", *(f"  asp {asp}" for asp in groups[group]),
                     f"  routing-key {context} {pc}",
                     f"  traffic-mode {self.mode if group == 'eir' else 'loadshare'}"]
        return "\n".join([
            "log stderr", " logging filter all 1", " logging color 0", " logging print category 1",
            " logging timestamp 1", " logging level set-all notice", "line vty", " no login",
            f" bind {self.vty_address}", "cs7 instance 0", " network-indicator national", " point-code 0.0.7",
            *asps, " route-table system",
            f"  update route {MSC_PC} 7.255.7 linkset as-msc", f"  update route {self.node_pc} 7.255.7 linkset as-eir",
            f" listen m3ua {self.port}", "  local-ip 127.0.0.1", "  accept-asp-connections pre-configured", ""])

    def start(self):
        path = self.lab.write(f"{self.name}.cfg", self.config())
        self.process = self.lab.start(self.name, [self.lab.program("osmo-stp"), "-c", path])
        wait_for(f"{self.name} to listen", lambda: self.process.must_run() and self.lab.sctp_ready(self.port))
        return self

    def vty(self):
        return Vty(STP_VTY_PORT, host=self.vty_address)


class Node:
    """eird with a configuration of its own. Built first, changed by its fields, then started."""

    def __init__(self, lab, name="eird", stps=(), stp_slot=0, listen_m3ua=False, lists=CASES / "lists.csv", settings=(),
                 sightings=None):
        self.lab, self.name, self.sightings = lab, name, sightings
        self.vty_port, self.ctrl_port, self.metrics_port = lab.port(), lab.port(), lab.port()
        self.diameter_port = lab.port()
        self.m3ua_port = lab.port() if listen_m3ua else None
        self.msc_port = lab.port() if listen_m3ua else None
        self.stps, self.stp_slot = list(stps), stp_slot
        self.mode = self.stps[0].mode if self.stps else "loadshare"
        self.replica = lab.dir / f"{name}.replica"
        self.transactions = lab.dir / f"{name}.transactions.csv"
        self.lists = lists
        self.settings = list(settings)
        self.sccp = ["subsystem eir 9", f"local-gt {NODE_GT}", "reassembly timeout 10"]
        self.diameter = [f"listen tcp 127.0.0.1 {self.diameter_port}", "watchdog 30", "unknown-peers reject"]
        self.peers = {MME_HOST: []}
        self.extra_cs7 = []
        self.log_level = "notice"
        self.process = None

    def _cs7(self):
        lines = ["cs7 instance 0", " network-indicator national", f" point-code {NODE_PC}"]
        names = []
        for number, stp in enumerate(self.stps, 1):
            names.append(f"stp-{number}")
            lines += [f" asp stp-{number} {stp.port} {stp.node_ports[self.stp_slot]} m3ua", "  remote-ip 127.0.0.1",
                      "  local-ip 127.0.0.1"]
        if names:
            lines += [" as eir m3ua", *(f"  asp {name}" for name in names), f"  routing-key {NODE_CONTEXT} {NODE_PC}",
                      f"  traffic-mode {self.mode}"]
        if self.m3ua_port:
            lines += [f" asp msc {self.msc_port} {self.m3ua_port} m3ua", "  remote-ip 127.0.0.1",
                      "  role sg", "  sctp-role server",
                      " as msc m3ua", "  asp msc", f"  routing-key {MSC_CONTEXT} {MSC_PC}", "  traffic-mode loadshare",
                      " route-table system", f"  update route {MSC_PC} 7.255.7 linkset msc",
                      f" listen m3ua {self.m3ua_port}", "  local-ip 127.0.0.1",
                      "  accept-asp-connections pre-configured"]
        return lines + self.extra_cs7

    def config(self):
        lines = ["log stderr", " logging filter all 1", " logging color 0", " logging print category 1",
                 " logging timestamp 1", f" logging level set-all {self.log_level}",
                 "line vty", f" bind 127.0.0.1 {self.vty_port}", "ctrl", f" bind 127.0.0.1 {self.ctrl_port}",
                 "metrics", f" bind 127.0.0.1 {self.metrics_port}"]
        lines += [*self._cs7(), "sccp", *(f" {line}" for line in self.sccp)]
        lines += ["diameter", f" origin-host {NODE_HOST}", f" origin-realm {REALM}",
                  *(f" {line}" for line in self.diameter)]
        for peer, commands in self.peers.items():
            lines += [f" peer {peer}", *(f"  {line}" for line in commands)]
        lines += ["eir", f" replica {self.replica}", f" transaction-log {self.transactions}", " transaction-log white on",
                  " mask-identities off", *(f" {line}" for line in self.settings)]
        if self.sightings:
            lines.append(f" sightings-directory {self.sightings}")
        return "\n".join([*lines, ""])

    @property
    def config_path(self):
        return self.lab.dir / f"{self.name}.cfg"

    def import_lists(self, path=None, expect=(0,)):
        paths = path or self.lists
        done = self.lab.run([self.lab.program("eirctl"), "import", "--replica", self.replica,
                             *(paths if isinstance(paths, list) else [paths])], check=False)
        check(done.returncode in expect, f"eirctl import ended with {done.returncode}:\n{done.stdout}")
        return done

    def write_config(self):
        return self.lab.write(f"{self.name}.cfg", self.config())

    def start(self, active=True, **more):
        self.replica.mkdir(exist_ok=True)
        if self.lists:
            self.import_lists()
        self.write_config()
        self.process = self.lab.start(self.name, [self.lab.program("eird"), "-c", self.config_path], **more)
        wait_for(f"{self.name}'s console", lambda: self.process.must_run() and tcp_port_open(self.vty_port))
        wait_for(f"{self.name}'s Diameter listener", lambda: self.process.must_run() and tcp_port_open(self.diameter_port))
        if active and self.stps:
            self.wait_active()
        if self.m3ua_port:
            wait_for(f"{self.name}'s M3UA listener", lambda: self.lab.sctp_ready(self.m3ua_port))
        return self

    def wait_active(self, count=None, timeout_s=30):
        """Until so many ASPs are active; all of them unless told."""
        wanted = len(self.stps) if count is None else count
        with self.vty() as vty:
            wait_for(f"{wanted} active ASPs of {self.name}",
                     lambda: len(re.findall("ASP_ACTIVE", vty.run("show cs7 instance 0 asp"))) >= wanted, timeout_s)

    def vty(self):
        return Vty(self.vty_port)

    def ctrl(self):
        return Ctrl(self.ctrl_port)

    def configure(self, lines, node="eir"):
        """Live change of one node's commands, committed; any complaint is a failure."""
        with self.vty() as vty:
            complaints = vty.configure([node, *lines])
        check(not complaints, f"{self.name} refused: {complaints}")

    def log_rows(self):
        """The transaction log as dictionaries."""
        if not self.transactions.exists():
            return []
        return list(csv.DictReader(io.StringIO(self.transactions.read_text(encoding="utf-8"))))

    def wait_log(self, count, timeout_s=20):
        wait_for(f"{count} rows in the transaction log", lambda: len(self.log_rows()) >= count, timeout_s)
        return self.log_rows()

    def memory(self):
        """VmRSS less the mapped lists, in octets."""
        resident = {"all": 0, "lists": 0}
        mapped = False
        for line in pathlib.Path(f"/proc/{self.process.pid}/smaps").read_text(encoding="utf-8").splitlines():
            if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
                mapped = str(self.replica) in line
            elif line.startswith("Rss:"):
                octets = int(line.split()[1]) * 1024
                resident["all"] += octets
                resident["lists"] += octets if mapped else 0
        return resident["all"] - resident["lists"]


def map_client(lab, port, local_port, *more, dpc=NODE_PC, **start):
    """eir-map-client as the MSC: questions by ask(), one answer each."""
    argv = [lab.program("eir-map-client"), "--stp", f"127.0.0.1:{port}", "--local-port", local_port, "--pc", MSC_PC,
            "--dpc", dpc, "--rctx", MSC_CONTEXT, "--called-gt", NODE_GT, "--calling-gt", MSC_GT, *more]
    return lab.start(start.pop("name", "map-client"), argv, lines=True, **start)


def s13_client(lab, port, *more, host=MME_HOST, **start):
    """eir-s13-client as the MME: questions by ask(), one answer each."""
    argv = [lab.program("eir-s13-client"), "--connect", f"127.0.0.1:{port}", "--origin-host", host, "--origin-realm",
            REALM, "--wait", "10", *more]
    return lab.start(start.pop("name", "s13-client"), argv, lines=True, **start)
