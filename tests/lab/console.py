# SPDX-License-Identifier: GPL-3.0-or-later
"""The consoles of our programs: VTY by telnet, CTRL over IPA, the page of metrics. Plain sockets, every wait with an end."""

import json
import re
import socket
import struct
import time
import urllib.request

IAC, SB, SE = 0xFF, 0xFA, 0xF0


def without_telnet(data):
    """Takes telnet's negotiation out (RFC 854)."""
    out, i = bytearray(), 0
    while i < len(data):
        if data[i] != IAC or i + 1 >= len(data):
            out.append(data[i])
            i += 1
        elif data[i + 1] == IAC:
            out.append(IAC)
            i += 2
        elif data[i + 1] == SB:
            end = data.find(bytes([IAC, SE]), i)
            i = len(data) if end < 0 else end + 2
        else:
            i += 3
    return bytes(out)


def json_in(text):
    """The JSON value that stands in a console's answer."""
    start = re.search(r"[\[{]", text)
    if not start:
        raise ValueError(f"no JSON in: {text!r}")
    return json.JSONDecoder().raw_decode(text[start.start():])[0]


class Vty:
    """One telnet session. A command's answer is what stands before the next prompt."""

    # Last, or followed by nothing but the news of a commit, which comes when it comes.
    PROMPT = re.compile(rb"(?:^|[\r\n])[A-Za-z0-9._-]+(?:\([^)\r\n]*\))?[>#] "
                        rb"(?:[\r\n]*Commit \d+ [^\r\n]*[\r\n]+(?:% [^\r\n]*[\r\n]+)*)*$")

    def __init__(self, port, host="127.0.0.1", timeout_s=20):
        self._socket = socket.create_connection((host, port), timeout=timeout_s)
        self._timeout_s = timeout_s
        self._read()
        self.run("terminal length 0")

    def close(self):
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _read(self):
        data, end = b"", time.monotonic() + self._timeout_s
        while not self.PROMPT.search(without_telnet(data)):
            if time.monotonic() > end:
                raise TimeoutError(f"no prompt after {data!r}")
            chunk = self._socket.recv(65536)
            if not chunk:
                raise ConnectionError(f"closed after {data!r}")
            data += chunk
        text = without_telnet(data)
        return text[: self.PROMPT.search(text).start()].decode("utf-8", "replace").replace("\r", "")

    def run(self, command):
        """Sends one line; returns what came back without its echo, the prompt, and what stood before (news of a
        commit may come at any time)."""
        self._socket.sendall(command.encode() + b"\r")
        text = self._read()
        _, echo, rest = text.partition(command.strip())
        return rest.partition("\n")[2] if echo else text

    def json(self, command):
        return json_in(self.run(command))

    def configure(self, lines):
        """Types lines below `configure terminal`, then commits the draft and waits for what came of it. Returns what
        was complained about; a draft that was refused is dropped."""
        complaints = []
        for line in ["enable", "configure terminal", *lines]:
            answer = self.run(line).strip()
            if answer.startswith("%"):
                complaints.append(f"{line}: {answer}")
        self.run("end")
        answer = self.run("commit").strip()
        if answer.startswith("%"):
            complaints.append(f"commit: {answer}")
        complaints += self._commit_result()
        if complaints:
            self.run("discard")
        self.run("disable")
        return complaints

    def _commit_result(self):
        end = time.monotonic() + self._timeout_s
        while time.monotonic() < end:
            commit = self.json("show eir commit json")
            if commit["state"] in ("taken", "refused"):
                return [] if commit["state"] == "taken" else commit["problems"]
            time.sleep(0.02)
        raise TimeoutError("the commit came to nothing")


class Ctrl:
    """The Osmocom CTRL interface: IPA framing (length, 0xEE, 0x00), one line a message."""

    def __init__(self, port, host="127.0.0.1", timeout_s=20):
        self._socket = socket.create_connection((host, port), timeout=timeout_s)
        self._next = 1

    def close(self):
        self._socket.close()

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            chunk = self._socket.recv(count - len(data))
            if not chunk:
                raise ConnectionError("CTRL closed")
            data += chunk
        return data

    def ask(self, line):
        """One request without its number, "GET eir.summary"; returns the value, or raises with the error."""
        verb, _, rest = line.partition(" ")
        number, self._next = self._next, self._next + 1
        text = f"{verb} {number} {rest}".encode()
        self._socket.sendall(struct.pack("!HBB", len(text) + 1, 0xEE, 0x00) + text)
        while True:
            length = struct.unpack("!H", self._exactly(3)[:2])[0]
            answer = self._exactly(length)[1:].decode("utf-8", "replace").rstrip("\0")
            words = answer.split(" ", 3)
            if len(words) > 1 and words[1] == str(number):
                if words[0] == "ERROR":
                    raise RuntimeError(answer)
                return words[3] if len(words) > 3 else ""

    def get(self, name):
        return self.ask(f"GET {name}")

    def json(self, name):
        return json.loads(self.get(name))


def metrics(port):
    """The samples on the page of metrics: [(name, {label: value}, number)]."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as page:
        text = page.read().decode()
    return [(name, dict(re.findall(r'(\w+)="([^"]*)"', labels)), float(number))
            for name, labels, number in re.findall(r"^(\w+)(\{.*\})? (\S+)$", text, re.M)]


def metric(port, name, **labels):
    """The sum of the samples of that name with these labels, whatever others they have."""
    found = [number for of, having, number in metrics(port) if of == name and labels.items() <= having.items()]
    if not found:
        raise KeyError(f"no metric {name} {labels}")
    return sum(found)
