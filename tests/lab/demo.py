#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""`./dev run`: a node beside osmo-stp, asked over MAP and S13, and the centre it follows. Ends at Ctrl-C, or after the
tables with --once."""

import argparse
import contextlib
import pathlib
import re
import shutil
import signal
import socket
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import demo_centre  # noqa: E402
from lab import SOURCE, Lab, check, tcp_port_open, wait_for  # noqa: E402
from node import Node  # noqa: E402

MME_HOST = "mme1.epc.mnc01.mcc255.3gppnetwork.org"
MSC_GT = "882100000001"
STP_LOCAL_PORTS = {"eir": 2906, "msc": 2907}
# Device, and how the demonstration's list holds it. The answers are those of response type 2.
QUESTIONS = (
    ("358091016853555", "white"),
    ("356467044989912", "black"),
    ("352099001761481", "grey"),
    ("359999000000017", "unknown"),
)


def free(lab, wanted):
    """The usual port, or another where somebody has it."""
    with contextlib.closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
            return wanted
        except OSError:
            port = lab.port()
            print(f"port {wanted} is taken, {port} instead")
            return port


class Demo:
    def __init__(self, lab):
        self.lab = lab
        names = ("vty", 4290), ("ctrl", 4291), ("metrics", 9290), ("diameter", 3868), ("m3ua", 2905)
        self.ports = {name: free(lab, port) for name, port in names}
        self.asp_ports = {name: free(lab, port) for name, port in STP_LOCAL_PORTS.items()}

    def node_config(self):
        """config/eird.cfg, with the paths of this run; without what needs certificates or SCTP of the kernel."""
        text = (SOURCE / "config/eird.cfg").read_text(encoding="utf-8")
        drop = [r" listen tls .*", r" tls .*", *([] if self.lab.kernel_sctp else [r" listen sctp .*"])]
        for pattern in drop:
            text = re.sub(rf"^{pattern}\n", "", text, flags=re.M)
        change = [
            (r"^( bind \S+) 4290$", rf"\1 {self.ports['vty']}"), (r"^( bind \S+) 4291$", rf"\1 {self.ports['ctrl']}"),
            (r"^( bind \S+) 9290$", rf"\1 {self.ports['metrics']}"),
            (r"^( listen tcp \S+) 3868$", rf"\1 {self.ports['diameter']}"),
            (r"^( asp stp-1) 2905 \d+ m3ua$", rf"\1 {self.ports['m3ua']} {self.asp_ports['eir']} m3ua"),
            (r"^ replica .*$", f" replica {self.lab.dir}/replica"),
            (r"^ transaction-log /.*$", f" transaction-log {self.lab.dir}/transactions.csv"),
            (r"^ sightings-directory /.*$", f" sightings-directory {self.lab.dir}/sightings"),
            (r"^ transaction-log white .*$", " transaction-log white on"),
            (r"^ response-type .*$", " response-type 2"),
        ]
        for pattern, text_after in change:
            text, count = re.subn(pattern, text_after, text, flags=re.M)
            check(count, f"config/eird.cfg has no line like {pattern}")
        return text

    def stp_config(self):
        text = (SOURCE / "config/osmo-stp.cfg").read_text(encoding="utf-8")
        for name, port in STP_LOCAL_PORTS.items():
            text = text.replace(f" asp asp-{name} {port} 2905 ", f" asp asp-{name} {self.asp_ports[name]} {self.ports['m3ua']} ")
        return text.replace("listen m3ua 2905", f"listen m3ua {self.ports['m3ua']}")

    def start(self):
        lab = self.lab
        replica = lab.dir / "replica"
        replica.mkdir(exist_ok=True)
        done = lab.run([lab.program("eirctl"), "import", "--replica", replica,
                        *sorted((SOURCE / "config").glob("*.csv"))], check=False)
        print(done.stdout.strip())
        check(done.returncode == 0, "the demonstration's lists could not be loaded")
        stp = lab.start("osmo-stp", [lab.program("osmo-stp"), "-c", lab.write("osmo-stp.cfg", self.stp_config())])
        wait_for("osmo-stp", lambda: stp.must_run() and lab.sctp_ready(self.ports["m3ua"]))
        node = Node(lab, lists=None)
        node.vty_port, node.replica = self.ports["vty"], replica
        node.process = lab.start("eird", [lab.program("eird"), "-c", lab.write("eird.cfg", self.node_config())])
        wait_for("eird", lambda: node.process.must_run() and tcp_port_open(self.ports["vty"])
                 and tcp_port_open(self.ports["diameter"]))
        node.stps = [stp]
        node.wait_active()
        return node

    def clients(self):
        lab = self.lab
        msc = lab.start("map-client", [
            lab.program("eir-map-client"), "--stp", f"127.0.0.1:{self.ports['m3ua']}", "--local-port", self.asp_ports["msc"],
            "--pc", "0.0.1", "--dpc", "0.0.2", "--rctx", "1", "--called-gt", "882100000901", "--calling-gt", MSC_GT], lines=True)
        mme = lab.start("s13-client", [
            lab.program("eir-s13-client"), "--connect", f"127.0.0.1:{self.ports['diameter']}", "--origin-host", MME_HOST,
            "--origin-realm", MME_HOST.partition(".")[2], "--no-raw", "--wait", "10"], lines=True)
        return msc, mme


def ask(node, msc, mme):
    """Prints the table; True when every answer was right."""
    row = "{:<20} {:<18} {:<9} {:<9} {:<16} {}"
    print("\n" + row.format("IMEI", "asked over", "answer", "expected", "reason", ""))
    right = 0
    for imei, wanted in QUESTIONS:
        with node.vty() as vty:
            reason = vty.json(f"check imei {imei} json").get("reason", "?")
        for interface in ("MAP v1", "MAP v2", "MAP v3", "S13"):
            if interface == "S13":
                answer = mme.ask({"imei": imei})["result"]
            else:
                answer = msc.ask({"version": int(interface[-1]), "imei": imei})["result"]
                answer = "unknown" if answer == "error 7" else answer
            right += answer == wanted
            where = interface if interface == "S13" else f"{interface}, osmo-stp"
            print(row.format(imei, where, answer, wanted, reason, "" if answer == wanted else "WRONG"))
    total = len(QUESTIONS) * 4
    print(f"\n{right} of {total} answers right\n")
    return right == total


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    parser.add_argument("--directory", required=True)
    parser.add_argument("--once", action="store_true")
    args = parser.parse_args()

    def stop(*_):
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    directory = pathlib.Path(args.directory)
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    right = False
    with Lab(args.build, "demo", directory) as lab:
        if not lab.kernel_sctp:
            print("This kernel has no SCTP: M3UA goes over TCP by a preloaded library, and Diameter over TCP only.")
        try:
            demo = Demo(lab)
            node = demo.start()
            msc, mme = demo.clients()
            right = ask(node, msc, mme)
            centre = demo_centre.show(lab, node, msc, mme)
            msc.finish()
            mme.finish()
            p = demo.ports
            print(f"VTY           telnet 127.0.0.1 {p['vty']}     (then: show eir summary, check imei {QUESTIONS[1][0]})\n"
                  f"metrics       http://127.0.0.1:{p['metrics']}/metrics\n"
                  f"transactions  {directory}/transactions.csv\n"
                  f"logs          {directory}/eird.log, {directory}/osmo-stp.log, {directory}/cdbd.log, "
                  f"{directory}/eir-syncd.log\n"
                  f"the centre    telnet 127.0.0.1 {centre.centre.vty_port}, cdbctl -d {centre.centre.directory} status\n"
                  f"following     telnet 127.0.0.1 {centre.syncd.vty_port}")
            if not args.once:
                print("The node runs until Ctrl-C.", flush=True)
                node.process.popen.wait()
                print(f"eird ended with {node.process.popen.returncode}")
                right = False
        except KeyboardInterrupt:
            print("\nstopping")
        except (AssertionError, ConnectionError, TimeoutError) as error:
            print(f"\n{error}")
            lab.print_logs(3000)
            right = False
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
