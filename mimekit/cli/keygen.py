"""
Make a DKIM key, and the TXT record that publishes it (RFC 6376 3.6).

    domain, selector and algorithm -> a private key in a file; the record on standard output

May import: the core, `dkim`, `cli`.  Imported by: `cli`.
"""

from __future__ import annotations

import json
import os

from mimekit.errors import SpecError

__all__ = ["NOTES", "arguments", "run"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from mimekit import dkim
    from mimekit.cli.terminal import Terminal

NOTES = """\
A file is made new, readable by its owner alone; one that exists is never written over.  --form zone and route53 print
the record and nothing else.  --form ses writes a second file beside the key, for
`aws sesv2 put-email-identity-dkim-signing-attributes --cli-input-json file://SELECTOR.ses.json`; the key is in it.

Publish the record, then sign with `mimekit sign --key SELECTOR.pem`.
"""

_ALGORITHMS = ("rsa-sha256", "ed25519-sha256")
_FORMS = ("plain", "zone", "route53", "ses")
_BITS = ("2048", "3072", "4096")


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the verb."""
    parser.add_argument("--domain", required=True, help="the signing domain, d=")
    parser.add_argument("--selector", required=True, help="the selector of the key, s=")
    parser.add_argument("--algorithm", choices=_ALGORITHMS, default=_ALGORITHMS[0], help="rsa-sha256 by default")
    parser.add_argument("--bits", choices=_BITS, default=_BITS[0], help="the size of an RSA key, 2048 by default")
    parser.add_argument("--form", choices=_FORMS, default=_FORMS[0], help="the form of the record, plain by default")
    parser.add_argument("--testing", action="store_true", help="say t=y in the record: the domain is testing DKIM")
    parser.add_argument("--strict", action="store_true", help="say t=s in the record: no i= of a subdomain")
    parser.add_argument("--password-file", metavar="FILE", help="encrypt the key with the password in this file")
    parser.add_argument("-o", "--output", metavar="FILE.pem", help="the file of the key, SELECTOR.pem by default")


def run(given: Namespace, terminal: Terminal) -> int:
    """Do what the arguments ask for."""
    from mimekit import dkim
    from mimekit.dkim.record import record_name

    name = record_name(given.selector, given.domain)
    selector, _, domain = name.partition("._domainkey.")
    path = given.output or f"{selector}.pem"
    if path == "-":
        message = "--output is -, and a private key is not printed; give the name of a file"
        raise SpecError(message)
    password = None if given.password_file is None else _password(given.password_file)
    if given.form == "ses" and password is not None:
        message = "--form ses writes the key unencrypted, for SES takes it so; leave out --password-file"
        raise SpecError(message)
    key = dkim.generate_key(given.algorithm, bits=int(given.bits))
    files = {path: key.to_pem(password=password)}
    if given.form == "ses":
        files[f"{os.path.splitext(path)[0]}.ses.json"] = _ses(key, domain, selector)  # noqa: PTH122 - a str stays a str
    _create(files)
    value = dkim.txt_record(key, testing=given.testing, strict=given.strict)
    if given.form == "zone":
        for line in dkim.zone_file(selector, domain, value).splitlines():
            terminal.line(line)
    elif given.form == "route53":
        terminal.json(dkim.route53(selector, domain, value))
    else:
        for one, what in zip(files, (f"the private key, {key.algorithm}, {key.bits} bits", _SES), strict=False):
            terminal.line(f"{one}: {what}")
        terminal.line(f"TXT record of {name}:")
        terminal.line(value)
    return 0


_SES = "what SES takes to sign with it; it holds the private key"


def _ses(key: dkim.SigningKey, domain: str, selector: str) -> bytes:
    """Write the input of the call that gives SES the key."""
    from mimekit import dkim

    call = {
        "EmailIdentity": domain,
        "SigningAttributesOrigin": "EXTERNAL",
        "SigningAttributes": dkim.ses_byodkim(key, selector),
    }
    return json.dumps(call, indent=2).encode() + b"\n"


def _password(path: str) -> bytes:
    with open(path, "rb") as file:  # noqa: PTH123 - the argument stays the str it is
        return file.read().removesuffix(b"\n").removesuffix(b"\r")


def _create(files: dict[str, bytes]) -> None:
    """Make the files, all of them or none; readable by their owner alone from the first moment on."""
    made = []
    try:
        for path, octets in files.items():
            with open(path, "xb", opener=_private) as file:
                made.append(path)
                file.write(octets)
    except BaseException:
        for path in made:
            os.unlink(path)  # noqa: PTH108 - the argument stays the str it is
        raise


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
