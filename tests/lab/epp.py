# SPDX-License-Identifier: GPL-3.0-or-later
"""EPP clients: a plain one, which sends frames as they are written, and Net::EPP of another project."""

import contextlib
import socket
import ssl
import struct
import time

from lab import SOURCE, check, equal

NAMESPACE = "urn:ietf:params:xml:ns:"
OBJECTS = ["imei", "lock", "version", "proposal", "job"]
PASSWORD = "secret-1"
# Of no object and no verb that we have a schema for.
FOREIGN = (b"domain-1.0", b":renew", b":transfer")


def command(inside, cltrid="ABC-12345"):
    """A frame."""
    return (f'<?xml version="1.0" encoding="UTF-8"?><epp xmlns="{NAMESPACE}epp-1.0"><command>{inside}'
            f"<clTRID>{cltrid}</clTRID></command></epp>")


def login(user, password=PASSWORD, objects=OBJECTS, extensions=(), version="1.0", language="en", new=None):
    """What is inside a login. Objects and extensions go by their short names; one with a colon in it is a URI."""
    def named(element, names):
        return "".join(f"<{element}>{n if ':' in n else f'{NAMESPACE}{n}-1.0'}</{element}>" for n in names)

    chosen = f"<svcExtension>{named('extURI', extensions)}</svcExtension>" if extensions else ""
    return (f"<login><clID>{user}</clID><pw>{password}</pw>{f'<newPW>{new}</newPW>' if new else ''}<options>"
            f"<version>{version}</version><lang>{language}</lang></options><svcs>{named('objURI', objects)}{chosen}</svcs></login>")


def code_of(answer):
    """The result code; 0 when there is none, as in a greeting."""
    found = answer.partition('code="')[2][:4]
    return int(found) if found else 0


class Epp:
    """A plain client, one frame at a time. `only`: the one TLS version that it speaks. Greeted when it is made."""

    def __init__(self, lab, port, certificate=None, timeout_s=30, only=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(lab.dir / "ca.pem")
        if certificate:
            context.load_cert_chain(lab.dir / f"{certificate}.pem", lab.dir / f"{certificate}.key")
        if only:
            context.set_ciphers("DEFAULT@SECLEVEL=0")
            context.minimum_version = context.maximum_version = only
        self.timeout_s = timeout_s
        with contextlib.ExitStack() as undo:
            raw = undo.enter_context(socket.create_connection(("127.0.0.1", port), timeout=timeout_s))
            self.socket = undo.enter_context(context.wrap_socket(raw))
            self.greeting = self.receive()
            undo.pop_all()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, xml):
        data = xml if isinstance(xml, bytes) else xml.encode()
        self.socket.settimeout(self.timeout_s)
        self.socket.sendall(struct.pack(">I", len(data) + 4) + data)

    def _octets(self, count, end):
        data = b""
        while len(data) < count:
            self.socket.settimeout(max(0.001, end - time.monotonic()))
            piece = self.socket.recv(count - len(data))
            if not piece:
                raise ConnectionError(f"closed after {len(data)} of {count} octets")
            data += piece
        return data

    def receive(self):
        """A frame's XML; the whole of it within the client's time."""
        end = time.monotonic() + self.timeout_s
        return self._octets(struct.unpack(">I", self._octets(4, end))[0] - 4, end).decode()

    def code(self, xml):
        """The code of the answer to a frame; 0 when the server closed instead. A server that does neither is an error."""
        try:
            self.send(xml)
            answer = self.receive()
        except TimeoutError:
            raise
        except OSError:
            return 0
        return code_of(answer)

    def ask(self, inside, cltrid):
        """The code and the text of the answer."""
        self.send(command(inside, cltrid))
        answer = self.receive()
        check(code_of(answer), f"no result: {answer}")
        return code_of(answer), answer

    def login(self, user, objects=OBJECTS, extensions=()):
        code, answer = self.ask(login(user, objects=objects, extensions=extensions), "LOGIN-1")
        equal(code, 1000, f"login of {user}: {answer}")
        return self


class NetEpp:
    """Net::EPP, and what it is told. Every frame is kept in a folder of the client's own."""

    def __init__(self, lab, port, name):
        number = len(list(lab.dir.glob(f"frames-{name}.*"))) + 1
        frames = lab.dir / f"frames-{name}.{number}"
        frames.mkdir()
        self.client = lab.start("net-epp", ["/usr/bin/perl", SOURCE / "tests/lab/net_epp_client.pl", port, f"{name}.pem",
                                            f"{name}.key", "ca.pem", frames], lines=True)
        self.greeting = self.client.receive()

    def ask(self, verb, obj=None, *children, code=1000, **more):
        answer = self.client.ask({"verb": verb, "object": obj, "children": list(children), **more})
        equal(answer["code"], code, f"{verb} {obj} {children}: {answer['msg']} {answer['reason']}")
        return answer

    def login(self, who, **more):
        return self.ask("login", None, id=who, pw=more.pop("pw", PASSWORD), objects=more.pop("objects", OBJECTS), **more)

    def finish(self):
        equal(self.client.finish(), 0, "Net::EPP's end")


def validate_frames(lab, foreign=0):
    """xmllint over every frame that the clients of Net::EPP sent and got; returns how many. For as many frames that were
    sent as `foreign` says there is no schema; what came has one, always."""
    frames = sorted(lab.dir.glob("frames-*/*.xml"))
    strange = {f for f in frames if "asked" in f.name and any(word in f.read_bytes() for word in FOREIGN)}
    equal(len(strange), foreign, "frames sent of verbs and objects that are none of ours")
    done = lab.run(["xmllint", "--nonet", "--noout", "--schema", SOURCE / "config/schemas/all.xsd",
                    *(f for f in frames if f not in strange)], check=False)
    faults = "\n".join(line for line in done.stdout.splitlines() if not line.endswith(" validates"))
    check(done.returncode == 0, f"xmllint ended with {done.returncode}:\n{faults}")
    return len(frames)
