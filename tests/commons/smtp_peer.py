#!/usr/bin/python3
"""A small SMTP server for tests, by Debian's aiosmtpd.

smtp_peer.py FOLDER [tls] [login]: listens on a free port of 127.0.0.1, writes it to FOLDER/port, and
each mail as Python's email package reads it to FOLDER/mail-N.json. With "tls" it insists on
STARTTLS and writes its certificate to FOLDER/certificate.pem; with "login" on ada and her password.
Recipients that begin with "refused" get 550, those that begin with "later" 451. Ends with its input.
"""
import asyncio
import email.policy
import json
import pathlib
import ssl
import subprocess
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Handler:
    def __init__(self, folder):
        self.folder = folder
        self.mails = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refused"):
            return "550 No such user"
        if address.startswith("later"):
            return "451 Try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        read = {
            "sender": envelope.mail_from,
            "recipients": envelope.rcpt_tos,
            "headers": {name: str(value) for name, value in message.items()},
            "body": message.get_content(),
            "longest_line": max(len(line) for line in envelope.content.split(b"\r\n")),
            "tls": session.ssl is not None,
        }
        self.mails += 1
        part = self.folder / "part"
        part.write_text(json.dumps(read))
        part.rename(self.folder / f"mail-{self.mails}.json")
        return "250 OK"


def check_login(server, session, envelope, mechanism, data):
    right = data.login == b"ada" and data.password == b"a secret"
    return AuthResult(success=right, handled=right)


def make_context(folder):
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", key, "-out", certificate],
        check=True, stderr=subprocess.DEVNULL)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


async def main():
    folder = pathlib.Path(sys.argv[1])
    options = {}
    if "tls" in sys.argv:
        options = {"tls_context": make_context(folder), "require_starttls": True}
    if "login" in sys.argv:
        options |= {"authenticator": check_login, "auth_required": True}
    handler = Handler(folder)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(handler, **options), "127.0.0.1", 0)
    part = folder / "part"
    part.write_text(str(server.sockets[0].getsockname()[1]))
    part.rename(folder / "port")
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
