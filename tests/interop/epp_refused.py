# SPDX-License-Identifier: GPL-3.0-or-later
"""What cdbd must refuse, on the wire, as ICANN's tests of registry systems have it."""

import contextlib
import socket
import ssl
import time

from centre import Centre
from certificates import Authority
from epp import NAMESPACE, Epp, command, login
from lab import check, equal

IMEI = "352106050544203"
FRAME_TIME_S = 1
SLOW_MAX_S = 20


def refusing_centre(lab):
    authority = Authority(lab, "lea", "importer")
    authority.issue("late", days=-1)
    Authority(lab, "lea", directory=lab.dir / "elsewhere")
    centre = Centre(lab, authority)
    centre.epp = [f"limit frame-time {FRAME_TIME_S}", "validate-answers on"]
    centre.add_user("LEA-1", "law-enforcement", "lea")
    centre.add_user("IMP-1", "importer", "importer")
    return centre.start()


def login_of(user="LEA-1", **more):
    return command(login(user, **{"objects": ["imei"], **more}))


def info(name, before=""):
    return command(f'<info><i:info xmlns:i="{NAMESPACE}imei-1.0"><i:name>{name}</i:name></i:info></info>').replace(
        "<epp", before + "<epp", 1)


def version(inside):
    return command(f'<create><v:create xmlns:v="{NAMESPACE}version-1.0"><v:list>centre</v:list><v:form>delta</v:form>'
                   f'<v:to epoch="1" number="2"/><v:date>2010-06-06T18:57:28Z</v:date><v:changes>1</v:changes>'
                   f'<v:digest>{"0" * 32}</v:digest>{inside}</v:create></create>')


BOMB = '<!DOCTYPE epp [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi")) + "]>"

# What, the certificate, the client's TLS version, and the alert that must come.
AT_THE_DOOR = [
    ("no certificate", None, None, "TLSV13_ALERT_CERTIFICATE_REQUIRED"),
    ("another CA's certificate", "elsewhere/lea", None, "TLSV1_ALERT_UNKNOWN_CA"),
    ("a certificate that has ended", "late", None, "SSLV3_ALERT_CERTIFICATE_EXPIRED"),
    ("TLS 1.0", "lea", ssl.TLSVersion.TLSv1, "TLSV1_ALERT_PROTOCOL_VERSION"),
    ("TLS 1.1", "lea", ssl.TLSVersion.TLSv1_1, "TLSV1_ALERT_PROTOCOL_VERSION"),
]

# What, the frame, and the code that must come; 0: the server closes.
BEFORE_LOGIN = [
    ("a command before login", info(IMEI), 2002), ("poll before login", command('<poll op="req"/>'), 2002),
    ("logout before login", command("<logout/>"), 2002), ("an unknown user", login_of("NOBODY"), 2200),
    ("a wrong password", login_of(password="secret-9"), 2200), ("another's certificate", login_of("IMP-1"), 2200),
    ("an unknown version", login_of(version="2.0"), 2100), ("an unknown language", login_of(language="tlh"), 2102),
    ("an unknown object", login_of(objects=["urn:x"]), 2307), ("no XML", "hello", 2001), ("a huge frame", " " * 20000, 0),
]

AFTER_LOGIN = [
    ("a second login", login_of(), 2002), ("an unknown command", command("<frobnicate/>"), 2000),
    ("bad XML", info(IMEI)[:-3], 2001), ("schema-invalid", command("<info/>"), 2001),
    ("an unknown namespace", command('<info><x:info xmlns:x="urn:x"/></info>'), 2307),
    ("an object not asked for", command(f'<delete><p:delete xmlns:p="{NAMESPACE}proposal-1.0"><p:id>1</p:id></p:delete></delete>'),
     2002),
    ("an entity bomb", info("&i;", before=BOMB), 2001),
    ("an external entity", info("&x;", before='<!DOCTYPE epp [<!ENTITY x SYSTEM "file:///etc/passwd">]>'), 2001),
    ("bad UTF-8", info("X").encode().replace(b"X", b"\xc3\x28"), 2001),
    ("an overlong UTF-8", info("X").encode().replace(b"X", b"\xc0\xaf"), 2001),
    ("a surrogate", info("X").encode().replace(b"X", b"\xed\xa0\x80"), 2001),
    ("beyond Unicode", info("X").encode().replace(b"X", b"\xf4\x90\x80\x80"), 2001),
    ("Latin-1", info("Ö").encode("latin-1").replace(b"UTF-8", b"ISO-8859-1"), 2001),
    ("UTF-16", info(IMEI).encode("utf-16"), 2001), ("a NUL", info("X").encode().replace(b"X", b"\x00"), 2001),
    ("a name in another script", info("٣٥٢١٠٦٠٥"), 2005), ("a depth bomb", command("<a>" * 1000 + "</a>" * 1000), 2001),
    ("101 names", command(f'<check><i:check xmlns:i="{NAMESPACE}imei-1.0">{"<i:name>1</i:name>" * 101}</i:check></check>'), 2001),
    ("a version's data beyond the bound", version(f"<v:data>{'AAAA' * 350000}</v:data>"), 2001),
    ("data that is no base64", version("<v:data>A*==</v:data>"), 2001),
    ("a manifest without its signature", version("<v:manifest>QQ==</v:manifest>"), 2001),
    ("a signature too short", version("<v:manifest>QQ==</v:manifest><v:signature>QQ==</v:signature>"), 2001),
    ("a manifest too long", version(f"<v:manifest>{'AAAA' * 5462}</v:manifest><v:signature>{'A' * 86}==</v:signature>"), 2001),
    ("a version of no such form", version("").replace("delta", "change"), 2001),
    ("a frame beyond all bounds", " " * (4 * 1024 * 1024 + 1), 0),
]


def alert_of(lab, port, certificate, only):
    """Why nobody is greeted; None when somebody is."""
    try:
        with Epp(lab, port, certificate, only=only):
            return None
    except ssl.SSLError as refused:
        return refused.reason
    except ConnectionError as closed:
        return str(closed)


def is_closed(epp):
    try:
        return epp.socket.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def slow_frames(lab, port):
    """A frame that is not whole in time ends the session, whether nothing more comes or an octet now and then."""
    with Epp(lab, port, "lea") as epp:
        epp.socket.sendall(b"\x00\x00\x01")
        check(is_closed(epp), "a frame that does not go on was waited for")
    with Epp(lab, port, "lea") as epp:
        equal(epp.code(login_of()), 1000, "login")
        epp.socket.sendall(b"\x00\x00\x10\x00")
        began = time.monotonic()
        try:
            while time.monotonic() - began < SLOW_MAX_S:
                epp.socket.sendall(b" ")
                epp.socket.settimeout(FRAME_TIME_S / 10)
                if is_closed(epp):
                    break
        except OSError:
            pass
        took = time.monotonic() - began
        check(FRAME_TIME_S * 0.9 <= took < SLOW_MAX_S, f"a slow frame was given {took:.1f} s")


def plain_what_must_be_refused(lab):
    centre = refusing_centre(lab)
    port = centre.epp_port
    for what, certificate, only, alert in AT_THE_DOOR:
        equal(alert_of(lab, port, certificate, only), alert, what)
    with contextlib.suppress(ConnectionError), socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
        plain.sendall(b"hello, here is no TLS\r\n")
        check(b"epp" not in plain.recv(65536), "greeted without TLS")
    for what, xml, wanted in BEFORE_LOGIN:
        with Epp(lab, port, "lea") as epp:
            equal(epp.code(xml), wanted, what)
    for what, xml, wanted in AFTER_LOGIN:
        with Epp(lab, port, "lea") as epp:
            equal(epp.code(login_of()), 1000, f"login, before {what}")
            equal(epp.code(xml), wanted, what)
            if wanted:
                equal(epp.code(info(IMEI)), 2303, f"the session goes on after {what}")
    with Epp(lab, port, "lea") as epp:
        equal([epp.code(login_of(password="secret-9")) for _ in range(3)], [2200, 2200, 2501], "a password guessed thrice")
        check(is_closed(epp), "the session goes on after that")
    slow_frames(lab, port)
    for name, labels, wanted in (
            ("eir_epp_bound_hit_total", {"bound": "frame-timeout"}, 2), ("eir_epp_bound_hit_total", {"bound": "failed-logins"}, 1),
            ("eir_epp_broken_frames_total", {}, 2), ("eir_epp_tls_failures_total", {}, len(AT_THE_DOOR) + 1),
            ("eir_epp_output_invalid_total", {}, 0)):
        equal(centre.metric(name, **labels), wanted, f"{name} {labels}")
    equal(centre.process.stop(30), 0, "cdbd's end")
