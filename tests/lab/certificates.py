# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates made on the spot."""

import hashlib
import ssl


class Authority:
    """A CA in a folder, the laboratory's unless told; NAME.pem and NAME.key of each certificate, beside ca.pem."""

    def __init__(self, lab, *names, directory=None):
        self.lab, self.directory = lab, directory or lab.dir
        self.directory.mkdir(exist_ok=True)
        self.ca = self.directory / "ca.pem"
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "60", "-subj",
                      "/CN=Demonstration CA", "-keyout", self.key("ca"), "-out", self.ca)
        for name in names:
            self.issue(name)

    def _openssl(self, *words):
        self.lab.run(["openssl", *words])

    def pem(self, name):
        return self.directory / f"{name}.pem"

    def key(self, name):
        return self.directory / f"{name}.key"

    def issue(self, name, host=None, days=60):
        """Its common name is the host, for which it is good; without one it is NAME, good for 127.0.0.1."""
        request, extensions = (self.directory / f"{name}.{kind}" for kind in ("csr", "ext"))
        extensions.write_text(f"subjectAltName={f'DNS:{host}' if host else 'IP:127.0.0.1,DNS:localhost'}\n", encoding="ascii")
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={host or name}",
                      "-keyout", self.key(name), "-out", request)
        self._openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self.key("ca"), "-CAcreateserial", "-days", days,
                      "-extfile", extensions, "-out", self.pem(name))

    def fingerprint(self, name):
        """SHA-256 of the certificate, as users and pushes are bound to it."""
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(self.pem(name).read_text(encoding="ascii"))).hexdigest()
