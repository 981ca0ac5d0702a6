"""
A real Postfix on loopback, in a directory of its own, which drops nothing.

Every domain below .test is delivered into one Maildir, by virtual(8), which writes the envelope recipient into
X-Original-To.  Nothing can leave: there is no smtp client service, and the default transport is an error.  Postfix
removes Bcc fields unless told otherwise, which would hide a leak; here it is told otherwise.

    SMTP on a loopback port -> Copy(recipient, octets)
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.copies import Copy
from tests.support.net import HOST, free_port, wait_until

__all__ = ["Postfix", "running", "why_not"]

_MAIN = """\
compatibility_level = 3.6
queue_directory = {root}/queue
data_directory = {root}/data
command_directory = {command_directory}
daemon_directory = {daemon_directory}
shlib_directory = {shlib_directory}
meta_directory = {meta_directory}
maillog_file = {root}/maillog
maillog_file_prefixes = {root}
myhostname = mx.example.test
myorigin = example.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
default_transport = error:5.4.1 nothing leaves this machine
relay_transport = error:5.4.1 nothing is relayed
disable_dns_lookups = yes
virtual_mailbox_domains = regexp:{root}/etc/domains
virtual_mailbox_maps = regexp:{root}/etc/mailboxes
virtual_mailbox_base = {root}/mail
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
local_recipient_maps =
alias_maps =
alias_database =
local_header_rewrite_clients =
append_dot_mydomain = no
always_add_missing_headers = no
message_drop_headers =
smtputf8_enable = yes
message_size_limit = 41943040
mailbox_size_limit = 0
virtual_mailbox_limit = 0
notify_classes =
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_client_connection_rate_limit = 0
smtpd_timeout = 30s
"""

_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
error     unix  - - n - - error
retry     unix  - - n - - error
proxymap  unix  - - n - - proxymap
virtual   unix  - n n - - virtual
anvil     unix  - - n - 1 anvil
postlog   unix-dgram n - n - 1 postlogd
"""

_ORIGINAL_TO = re.compile(rb"(?m)^X-Original-To: (.*)$")
_QUEUES = ("maildrop", "incoming", "active", "deferred")


def why_not() -> str | None:
    """Say why Postfix cannot run here, or nothing when it can."""
    if shutil.which("postfix") is None:
        return "left out: Postfix is not installed"
    if os.geteuid() != 0:
        return "left out: Postfix is installed, but its master(8) starts only as root"
    return None


class Postfix:
    """Where a running Postfix listens, and what it has delivered."""

    def __init__(self, root: Path, port: int) -> None:
        self.host = HOST
        self.port = port
        self._root = root

    def copies(self, expected: int) -> list[Copy]:
        """Give every copy delivered, once there are *expected* at least and the queues are empty."""
        new = self._root / "mail" / "all" / "new"

        def all_there() -> bool:
            return new.is_dir() and len(list(new.iterdir())) >= expected and not self._queued()

        try:
            wait_until(all_there, seconds=20, what=f"{expected} copies")
        except TimeoutError as error:
            error.add_note((self._root / "maillog").read_text(encoding="utf-8", errors="replace"))
            raise
        found = []
        for path in sorted(new.iterdir()):
            octets = path.read_bytes()
            recipient = _ORIGINAL_TO.search(octets)
            assert recipient is not None, f"virtual(8) wrote no X-Original-To into {octets[:200]!r}"
            found.append(Copy(recipient.group(1).decode(), octets))
        return found

    def empty(self) -> None:
        """Forget what was delivered."""
        shutil.rmtree(self._root / "mail" / "all", ignore_errors=True)

    def _queued(self) -> bool:
        return any(path.is_file() for queue in _QUEUES for path in (self._root / "queue" / queue).rglob("*"))


@contextmanager
def running() -> Iterator[Postfix]:
    """Run Postfix for a block; its directory is removed afterwards."""
    # Not below pytest's own temporary directory, which only its owner may enter: Postfix drops its rights.
    root = Path(tempfile.mkdtemp(prefix="mimekit-postfix-"))
    port = free_port()
    try:
        _configure(root, port)
        master = subprocess.Popen(_command(root, "start-fg"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_until(lambda: _listens(port), seconds=20, what="Postfix listening")
            yield Postfix(root, port)
        finally:
            subprocess.run(_command(root, "stop"), check=False, capture_output=True)
            master.wait(timeout=20)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _configure(root: Path, port: int) -> None:
    owner = pwd.getpwnam("postfix")
    root.chmod(0o755)
    for name in ("etc", "queue", "data", "mail"):
        (root / name).mkdir()
    (root / "maillog").touch()
    for name in ("data", "mail", "maillog"):
        os.chown(root / name, owner.pw_uid, owner.pw_gid)
    places = {name: _built_in(name) for name in re.findall(r"\{(\w+_directory)\}", _MAIN)}
    etc = root / "etc"
    (etc / "main.cf").write_text(_MAIN.format(root=root, uid=owner.pw_uid, gid=owner.pw_gid, **places))
    (etc / "master.cf").write_text(_MASTER.format(port=port))
    (etc / "domains").write_text("/^([^@]+\\.)?test$/ ok\n")
    (etc / "mailboxes").write_text("/./ all/\n")


def _built_in(name: str) -> str:
    """Give a place that was compiled into Postfix."""
    asked = subprocess.run(["postconf", "-d", "-h", name], check=True, capture_output=True, text=True)
    return asked.stdout.strip()


def _command(root: Path, verb: str) -> list[str]:
    return ["postfix", "-c", str(root / "etc"), verb]


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
