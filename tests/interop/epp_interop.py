# SPDX-License-Identifier: GPL-3.0-or-later
"""EPP with a client of another project, Net::EPP; xmllint over every frame; and what must be refused, on the wire."""

import base64
import contextlib
import socket
import ssl
import struct

from centre import NAMESPACE, OBJECTS, NetEpp
from lab import SOURCE, check, equal

IMEI, OTHER = "352106050544203", "352106150345703"
GOOD = "35210615034575"


def certificates(lab, *names):
    """A CA and certificates with these common names, in the laboratory's folder."""
    def openssl(*words):
        lab.run(["openssl", *words])

    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
            "/CN=Test CA", "-keyout", "ca.key", "-out", "ca.pem")
    for name in names:
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}", "-keyout",
                f"{name}.key", "-out", f"{name}.csr")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
                "-out", f"{name}.pem")


def start_server(lab, *more):
    """The server with its registry in memory; returns it and its port."""
    accounts = ["LEA-1:secret-1:lea:administrator", "IMP-1:secret-1:importer:importer"]
    server = lab.start("eir-epp-server", [
        lab.program("eir-epp-server"), "--certificate", "server.pem", "--key", "server.key", "--ca", "ca.pem", "--schemas",
        SOURCE / "config/schemas", "--messages", SOURCE / "config/messages", *more,
        *(word for a in accounts for word in ("--account", a))], lines=True)
    return server, server.receive()["port"]


def entry(op, *children, kind="imei"):
    return ["change", {"op": op, "kind": kind}, *children]


def imei_verbs(epp):
    device = ["device", {}, ["manufacturer", {}, "Söhne & Co"], ["type", {}, "P5"],
              ["certificate", {}, ["number", {}, "UA.1"], ["date", {}, "2010-06-06"]],
              ["permit", {}, ["number", {}, "100/1"], ["date", {}, "2010-06-06"], ["position", {}, "3"]],
              ["importer", {}, ["id", {}, "12345678"], ["name", {}, "Імпортер"]], ["country", {}, "UA"],
              ["price", {"currency": "UAH"}, "1999.50"]]
    epp.ask("create", "imei", ["name", {}, IMEI], device)
    equal(epp.ask("create", "imei", ["name", {}, GOOD], ["name", {}, IMEI], code=2302)["value"], [IMEI], "who is to blame")
    answer = epp.ask("check", "imei", ["name", {}, IMEI], ["name", {}, OTHER], ["name", {}, GOOD], clTRID="USER-1275850648")
    equal(answer["avail"], ["0", "0", "1"], "avail")
    equal(answer["reason"], ["Object exists", "The check digit is wrong"], "reasons")
    equal(answer["clTRID"], ["USER-1275850648"], "clTRID")
    equal(epp.ask("info", "imei", ["name", {}, IMEI])["manufacturer"], ["Söhne & Co"], "the manufacturer")
    epp.ask("info", "imei", ["name", {}, GOOD], code=2303)
    epp.ask("update", "imei", ["name", {}, IMEI], ["chg", {}, ["manufacturer", {}, "Another"]])
    equal(epp.ask("info", "imei", ["name", {}, IMEI])["manufacturer"], ["Another"], "the manufacturer, changed")


def lock_verbs(epp):
    key = ["key", {}, ["imei", {}, IMEI], ["policy", {}, "device"]]
    epp.ask("create", "lock", key, ["subscriber", {}, ["imei:imsi", {}, "255010000000001"]],
            ["terms", {}, ["imei:reason", {}, "stolen"]])
    epp.ask("create", "lock", key, ["subscriber", {}, ["imei:imsi", {}, "255010000000001"]], code=2302)
    equal(epp.ask("check", "lock", key, ["key", {}, ["imei", {}, IMEI], ["policy", {}, "mutual"]])["avail"], ["0", "1"], "locks")
    epp.ask("update", "lock", key, ["add", {}, ["subscriber", {}, ["imei:msisdn", {}, "380501234567"]]])
    equal(epp.ask("info", "lock", key)["msisdn"], ["380501234567"], "the subscriber added")
    epp.ask("delete", "imei", ["name", {}, IMEI], code=2305)
    epp.ask("delete", "lock", key)
    epp.ask("delete", "imei", ["name", {}, IMEI])


def queued_verbs(epp):
    change = entry("add", ["imei:from", {}, IMEI], ["imei:list", {}, "black"])
    proposed = epp.ask("create", "proposal", ["filing", {}, "1/2010"], change, code=1001)["id"][0]
    equal(epp.ask("info", "proposal", ["id", {}, proposed])["state"], ["pending"], "the proposal")
    epp.ask("update", "proposal", ["id", {}, proposed], ["verdict", {}, "approve"])
    epp.ask("delete", "proposal", ["id", {}, proposed], code=2304)
    item = ["item", {}, ["imei:create", {}, ["imei:name", {}, IMEI]]]
    filed = epp.ask("create", "job", ["filing", {}, "2/2010"], item, item, code=1001)["id"][0]
    equal(epp.ask("info", "job", ["id", {}, filed])["state"], ["done"], "the job")
    waiting = epp.ask("create", "job", ["filing", {}, "wait/3"], item, code=1001)["id"][0]
    epp.ask("delete", "job", ["id", {}, waiting])
    point = {"epoch": "1", "number": "7"}
    epp.ask("create", "version", ["list", {}, "national"], ["form", {}, "full"], ["to", point],
            ["date", {}, "2010-06-06T18:57:28Z"], ["changes", {}, "1"], ["digest", {}, "0" * 32],
            ["manifest", {}, base64.b64encode(b"a manifest\n").decode()], ["signature", {}, base64.b64encode(b"s" * 64).decode()],
            ["data", {}, base64.b64encode(b"a change").decode()])
    epp.ask("info", "version", ["list", {}, "national"], ["from", {"epoch": "1", "number": "6", "sha256": "0" * 64}])
    for left in (3, 2, 1):
        message = epp.ask("poll", op="req", code=1301)
        equal(message["queue"]["count"], left, "messages")
        epp.ask("poll", op="ack", id=message["queue"]["id"])
    epp.ask("poll", op="req", code=1300)
    epp.ask("poll", op="ack", id="99", code=2303)


def plain_net_epp_speaks_every_verb(lab):
    certificates(lab, "server", "lea")
    server, port = start_server(lab)
    epp = NetEpp(lab, port)
    equal(epp.greeting["objects"], [f"{NAMESPACE}{o}-1.0" for o in OBJECTS], "objects")
    equal(epp.greeting["languages"], ["en", "uk"], "languages")
    check(epp.client.ask({"verb": "hello"})["svID"], "hello is answered with a greeting")
    epp.ask("info", "imei", ["name", {}, IMEI], code=2002)
    epp.login(pw="secret-9", code=2200)
    epp.login(newPW="secret-2")
    imei_verbs(epp)
    lock_verbs(epp)
    queued_verbs(epp)
    for verb in ("renew", "transfer"):
        epp.ask(verb, "imei", ["name", {}, IMEI], code=2101)
    epp.ask("check", "domain", ["name", {}, "example"], code=2307)
    epp.ask("logout", code=1500)
    equal(epp.client.finish(), 0, "the client's end")
    counts = server.ask({})
    equal(counts["eir_epp_output_invalid_total"], 0, "answers that broke the schemas")
    frames = sorted(epp.frames.iterdir())
    check(len(frames) > 60, f"{len(frames)} frames")
    # What was asked of objects and verbs that are none of ours is not valid by our schemas; the answers are.
    foreign = (b"domain-1.0", b":renew", b":transfer")
    valid = [f for f in frames if "answered" in f.name or not any(word in f.read_bytes() for word in foreign)]
    check(len(valid) >= len(frames) - 3, "more frames than three are left out")
    lab.run(["xmllint", "--nonet", "--noout", "--schema", SOURCE / "config/schemas/all.xsd", *valid])


def plain_net_epp_in_ukrainian(lab):
    certificates(lab, "server", "lea")
    _, port = start_server(lab)
    epp = NetEpp(lab, port)
    answer = epp.login(lang="ua", objects=["imei"])
    equal((answer["lang"], answer["msg"]), ("uk", ["Команду виконано"]), "the answer")
    epp.ask("create", "imei", ["name", {}, IMEI])
    equal(epp.ask("check", "imei", ["name", {}, IMEI])["reason"], ["Об'єкт існує"], "the reason")
    epp.ask("info", "lock", ["key", {}, ["imei", {}, IMEI], ["policy", {}, "device"]], code=2002)
    epp.ask("logout", code=1500)


class Wire:
    """Frames as they are."""

    def __init__(self, lab, port, name="lea"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(lab.dir / "ca.pem")
        if name:
            context.load_cert_chain(lab.dir / f"{name}.pem", lab.dir / f"{name}.key")
        self.socket = context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=20))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, xml):
        data = xml if isinstance(xml, bytes) else xml.encode()
        self.socket.sendall(struct.pack(">I", len(data) + 4) + data)

    def _octets(self, count):
        data = b""
        while len(data) < count:
            piece = self.socket.recv(count - len(data))
            if not piece:
                raise ConnectionError("closed")
            data += piece
        return data

    def receive(self):
        return self._octets(struct.unpack(">I", self._octets(4))[0] - 4).decode()

    def code(self, xml):
        """The code of the answer; 0 when the server closed instead."""
        try:
            self.send(xml)
            answer = self.receive()
        except OSError:
            return 0
        return int(answer.partition('code="')[2][:4] or 1)


def command(inside, cltrid="ABC-12345"):
    return (f'<?xml version="1.0" encoding="UTF-8"?><epp xmlns="{NAMESPACE}epp-1.0"><command>{inside}'
            f"<clTRID>{cltrid}</clTRID></command></epp>")


def login(who="LEA-1", password="secret-1", version="1.0", lang="en", uri=f"{NAMESPACE}imei-1.0"):
    return command(f"<login><clID>{who}</clID><pw>{password}</pw><options><version>{version}</version><lang>{lang}</lang>"
                   f"</options><svcs><objURI>{uri}</objURI></svcs></login>")


def info(name, before=""):
    return command(f'<info><i:info xmlns:i="{NAMESPACE}imei-1.0"><i:name>{name}</i:name></i:info></info>').replace(
        '<epp', before + '<epp', 1)


def version(inside):
    return command(f'<create><v:create xmlns:v="{NAMESPACE}version-1.0"><v:list>centre</v:list><v:form>delta</v:form>'
                   f'<v:to epoch="1" number="2"/><v:date>2010-06-06T18:57:28Z</v:date><v:changes>1</v:changes>'
                   f'<v:digest>{"0" * 32}</v:digest>{inside}</v:create></create>')


BOMB = '<!DOCTYPE epp [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi")) + "]>"


def plain_what_must_be_refused(lab):
    certificates(lab, "server", "lea", "importer")
    server, port = start_server(lab, "--frame-timeout-ms", "300")
    before_login = [
        ("a command before login", info(IMEI), 2002), ("poll before login", command('<poll op="req"/>'), 2002),
        ("logout before login", command("<logout/>"), 2002), ("an unknown user", login(who="NOBODY"), 2200),
        ("a wrong password", login(password="secret-9"), 2200), ("another's certificate", login(who="IMP-1"), 2200),
        ("an unknown version", login(version="2.0"), 2100), ("an unknown language", login(lang="tlh"), 2102),
        ("an unknown object", login(uri="urn:x"), 2307), ("no XML", "hello", 2001), ("a huge frame", " " * 20000, 0),
        ("SQL as user", login(who="x' OR '1'='1"), 2200), ("SQL as password", login(password="' OR 1=1--"), 2200),
    ]
    for what, xml, wanted in before_login:
        with Wire(lab, port) as wire:
            wire.receive()
            equal(wire.code(xml), wanted, what)
    after_login = [
        ("a second login", login(), 2002), ("an unknown command", command("<frobnicate/>"), 2000),
        ("bad XML", info(IMEI)[:-3], 2001), ("schema-invalid", command("<info/>"), 2001),
        ("an unknown namespace", command('<info><x:info xmlns:x="urn:x"/></info>'), 2307),
        ("an object not asked for", command(f'<delete><p:delete xmlns:p="{NAMESPACE}proposal-1.0"><p:id>1</p:id></p:delete></delete>'),
         2002),
        ("an entity bomb", info("&i;", before=BOMB), 2001),
        ("an external entity", info("&x;", before='<!DOCTYPE epp [<!ENTITY x SYSTEM "file:///etc/passwd">]>'), 2001),
        ("bad UTF-8", info("X").encode().replace(b"X", b"\xc3\x28"), 2001),
        ("an overlong UTF-8", info("X").encode().replace(b"X", b"\xc0\xaf"), 2001),
        ("a surrogate", info("X").encode().replace(b"X", b"\xed\xa0\x80"), 2001),
        ("Latin-1", info("Ö").encode("latin-1").replace(b"UTF-8", b"ISO-8859-1"), 2001),
        ("UTF-16", info(IMEI).encode("utf-16"), 2001), ("a NUL", info("X").encode().replace(b"X", b"\x00"), 2001),
        ("SQL as name", info("'; DROP TABLE devices; --"), 2303),
        ("SQL as clTRID", info(IMEI).replace("ABC-12345", "'; DROP TABLE audit; --"), 2303),
        ("a name in another script", info("٣٥٢١٠٦٠٥"), 2303), ("a depth bomb", command("<a>" * 1000 + "</a>" * 1000), 2001),
        ("101 names", command(f'<check><i:check xmlns:i="{NAMESPACE}imei-1.0">{"<i:name>1</i:name>" * 101}</i:check></check>'), 2001),
        ("a version's data beyond the bound", version(f"<v:data>{'AAAA' * 350000}</v:data>"), 2001),
        ("data that is no base64", version("<v:data>A*==</v:data>"), 2001),
        ("a manifest without its signature", version("<v:manifest>QQ==</v:manifest>"), 2001),
        ("a signature too short", version("<v:manifest>QQ==</v:manifest><v:signature>QQ==</v:signature>"), 2001),
        ("a manifest too long", version(f"<v:manifest>{'AAAA' * 5462}</v:manifest><v:signature>{'A' * 86}==</v:signature>"), 2001),
        ("a version of no such form", version("").replace("delta", "change"), 2001),
        ("a frame beyond all bounds", " " * (4 * 1024 * 1024 + 1), 0),
    ]
    for what, xml, wanted in after_login:
        with Wire(lab, port) as wire:
            wire.receive()
            equal(wire.code(login()), 1000, "login")
            equal(wire.code(xml), wanted, what)
    with Wire(lab, port) as wire:
        wire.receive()
        equal([wire.code(login(password="secret-9")) for _ in range(3)], [2200, 2200, 2501], "a password guessed thrice")
        equal(wire.code(login()), 0, "closed")
    with Wire(lab, port) as wire:
        wire.receive()
        wire.socket.sendall(b"\x00\x00\x01")
        equal(wire.socket.recv(1), b"", "a slow frame")
    with contextlib.suppress(OSError), Wire(lab, port, name=None) as wire:
        check(not wire.socket.recv(1), "greeted without a certificate")
    counts = server.ask({})
    equal(counts["eir_epp_bound_hit_total frame-timeout"], 1, "slow frames")
    equal(counts["eir_epp_bound_hit_total failed-logins"], 1, "failed logins")
    equal(counts["eir_epp_broken_frames_total"], 2, "frames too long")
    check(counts["eir_epp_tls_failures_total"] >= 1, "nobody failed at TLS")
    equal(counts["eir_epp_output_invalid_total"], 0, "answers that broke the schemas")
