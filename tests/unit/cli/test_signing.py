"""The verbs that sign and verify, and the table ``dkim`` of a spec, through the console script's own function."""

from __future__ import annotations

import json
import os
from base64 import b64decode
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mimekit import parse
from mimekit.cli import main
from mimekit.dkim import txt_record
from mimekit.maildir import Outbox
from tests.support.nameserver import name_server
from tests.support.signing import DOMAIN, ed25519_key, judged, rsa_key

PLAIN = (
    b"From: Ada <ada@example.com>\r\nTo: grace@example.org\r\nSubject: Notes\r\n"
    b"Date: Tue, 24 Nov 2026 12:00:00 +0000\r\nMessage-ID: <1@example.com>\r\n\r\nHello.\r\n"
)
SPEC = 'from = "Ada <ada@example.com>"\nto = "grace@example.org"\nsubject = "Notes"\ntext = "Hello."\n'
RSA = '[[dkim]]\ndomain = "example.com"\nselector = "rsa"\nkey = "rsa.pem"\n'
ED = '[[dkim]]\ndomain = "example.com"\nselector = "ed"\nkey = "ed.pem"\n'
ONE = RSA.replace("[[", "[").replace("]]", "]")
PASSWORD = "secret"  # noqa: S105 - of a key that is made here
NOTE = "mimekit: note: {} not in what was signed; whoever sends it has to name them\n"
BY_RSA = ("--domain", DOMAIN, "--selector", "rsa", "--key", "rsa.pem")
BY_ED = ("--domain", DOMAIN, "--selector", "ed", "--key", "ed.pem")
NOW = "2026-11-25T12:00:00+00:00"
LATER = "2026-12-25T12:00:00+00:00"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Go to a directory with a message, two keys and the zone with their records."""
    for name, key in (("rsa", rsa_key()), ("ed", ed25519_key())):
        (tmp_path / f"{name}.pem").write_bytes(key.to_pem())
    (tmp_path / "locked.pem").write_bytes(ed25519_key().to_pem(password=PASSWORD))
    zone = {f"rsa._domainkey.{DOMAIN}": txt_record(rsa_key()), f"ed._domainkey.{DOMAIN}": txt_record(ed25519_key())}
    (tmp_path / "zone.json").write_text(json.dumps(zone))
    (tmp_path / "plain.eml").write_bytes(PLAIN)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Runner:
    """Give what runs a verb that has nothing to say on standard error."""
    return Runner(capsys)


class Runner:
    """Runs verbs: the exit code is that expected, and nothing stands on standard error but a note."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *arguments: str, code: int = 0, note: str = "") -> str:
        found = main(arguments)
        captured = self.capsys.readouterr()
        assert (found, captured.err) == (code, note)
        return captured.out

    def json(self, *arguments: str, code: int = 0) -> Any:
        return json.loads(self(*arguments, "--json", code=code))

    def fails(self, *arguments: str) -> str:
        """Give the one line that is said of wrong use or bad input."""
        assert main(arguments) == 2
        captured = self.capsys.readouterr()
        assert captured.out == ""
        assert captured.err.startswith("mimekit: ")
        assert captured.err.count("\n") == 1
        return captured.err.removeprefix("mimekit: ").removesuffix("\n")

    def statuses(self, path: str | os.PathLike[str]) -> list[str]:
        """Give what `verify` says of each signature; its exit code must agree."""
        found = main(["verify", str(path), "--zone", "zone.json", "--now", NOW, "--json"])
        captured = self.capsys.readouterr()
        statuses = [result["status"] for result in json.loads(captured.out)["results"]]
        assert (found, captured.err) == (0 if "pass" in statuses else 1, "")
        return statuses


def spec(*tables: str, text: str = SPEC) -> None:
    Path("mail.toml").write_text(text + "".join(tables))


class TestSign:
    def test_the_octets_are_kept_below_the_field(self, run: Runner) -> None:
        assert run("sign", "plain.eml", *BY_RSA, "-o", "signed.eml").startswith("signed.eml: ")
        signed = Path("signed.eml").read_bytes()
        assert signed.startswith(b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=rsa;")
        assert signed.endswith(b"\r\n" + PLAIN)
        assert judged(signed) == [True]
        assert run.statuses("signed.eml") == ["pass"]

    def test_without_a_file_they_go_to_standard_output(self, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
        assert main(["sign", "plain.eml", *BY_ED]) == 0
        signed, nothing = capsysbinary.readouterr()
        assert nothing == b""
        assert judged(signed) == [True]

    def test_several_keys_sign_in_one_go_and_rsa_stands_on_top(self, run: Runner) -> None:
        run("sign", "plain.eml", *BY_ED, "--selector", "rsa", "--key", "rsa.pem", "-o", "signed.eml")
        signed = Path("signed.eml").read_bytes()
        assert [tags.rpartition("s=")[2][:3] for tags in signed.decode().split(";\r\n h=")[:2]] == ["rsa", "ed"]
        assert judged(signed) == [True, True]
        assert run.statuses("signed.eml") == ["pass", "pass"]

    def test_the_same_moment_gives_the_same_octets(self, run: Runner) -> None:
        for name in ("one.eml", "two.eml"):
            run("sign", "plain.eml", *BY_RSA, "--now", NOW, "-o", name)
        assert Path("one.eml").read_bytes() == Path("two.eml").read_bytes()
        assert b" t=1795608000;" in Path("one.eml").read_bytes()

    def test_a_spec_is_built_and_signed_without_its_bcc(self, run: Runner) -> None:
        spec('bcc = "hidden@example.net"\n')
        run("sign", "mail.toml", *BY_RSA, "-o", "signed.eml", note=NOTE.format("1 Bcc recipient"))
        signed = Path("signed.eml").read_bytes()
        assert b"hidden" not in signed
        assert judged(signed) == [True]

    def test_the_bcc_field_of_a_message_does_not_go_out_and_breaks_nothing(self, run: Runner) -> None:
        Path("draft.eml").write_bytes(b"Bcc: hidden@example.net\r\n" + PLAIN)
        run("sign", "draft.eml", *BY_RSA, "-o", "signed.eml", note=NOTE.format("1 Bcc recipient"))
        signed = Path("signed.eml").read_bytes()
        assert b"hidden" not in signed
        assert judged(signed) == [True]

    @pytest.mark.parametrize(
        ("fields", "count"),
        [
            (b"Bcc: a@example.net, b@example.net\r\n", "2 Bcc recipients"),
            (b"Bcc: g: a@example.net, b@example.net;\r\nResent-Bcc: c@example.net\r\n", "3 Bcc recipients"),
            (b"Bcc: who knows\r\n", "1 Bcc recipient"),
        ],
    )
    def test_recipients_that_only_the_draft_names_are_counted_and_not_written_over(
        self, run: Runner, here: Path, fields: bytes, count: str
    ) -> None:
        Path("draft.eml").write_bytes(fields + PLAIN)
        (here / "link.eml").symlink_to(here / "draft.eml")
        for path in ("draft.eml", "./draft.eml", "link.eml"):
            said = run.fails("sign", "draft.eml", *BY_RSA, "-o", path)
            assert said == (
                f"'{path}' would be written over and lose {count}, for what others see does not name them; give "
                f"another file to -o"
            )
            assert "would be written over and lose" in run.fails("compose", "draft.eml", "-o", path)
        assert Path("draft.eml").read_bytes() == fields + PLAIN
        run("sign", "draft.eml", *BY_RSA, "-o", "signed.eml", note=NOTE.format(count))
        run("sign", "draft.eml", *BY_RSA, note=NOTE.format(count))

    @pytest.mark.parametrize("fields", [b"", b"Bcc: \r\n"])
    def test_a_draft_that_hides_nobody_is_written_over(self, run: Runner, fields: bytes) -> None:
        Path("draft.eml").write_bytes(fields + PLAIN)
        run("sign", "draft.eml", *BY_RSA, "-o", "draft.eml")
        assert judged(Path("draft.eml").read_bytes()) == [True]

    def test_line_ends_of_lf_are_written_as_crlf_with_a_note(self, run: Runner) -> None:
        Path("lf.eml").write_bytes(PLAIN.replace(b"\r\n", b"\n"))
        note = "the message has line ends of LF; they are written as CRLF, as SMTP has them (RFC 5321 2.3.8)"
        run("sign", "lf.eml", *BY_RSA, "-o", "signed.eml", note=f"mimekit: note: {note}\n")
        signed = Path("signed.eml").read_bytes()
        assert signed.endswith(b"\r\n" + PLAIN)
        assert judged(signed) == [True]

    def test_one_password_opens_those_of_several_keys_that_are_encrypted(self, run: Runner) -> None:
        Path("password").write_text(f"{PASSWORD}\n")
        locked = ("--selector", "ed", "--key", "locked.pem", "--password-file", "password")
        run("sign", "plain.eml", *BY_RSA, *locked, "-o", "signed.eml")
        assert run.statuses("signed.eml") == ["pass", "pass"]
        both = (*BY_RSA, "--selector", "ed", "--key", "ed.pem", "--password-file", "password")
        assert run.fails("sign", "plain.eml", *both) == "none of the keys is encrypted; leave --password-file out"

    @pytest.mark.parametrize("line", [True, False])
    def test_the_text_of_a_key_is_not_repeated(self, run: Runner, *, line: bool) -> None:
        pem = Path("rsa.pem").read_text()
        text = "".join(pem.splitlines()[1:-1]) if line else pem
        options = ("--domain", DOMAIN, "--selector", "rsa", "--key", text)
        assert text[30:60] not in run.fails("sign", "plain.eml", *options)
        spec(ONE.replace('"rsa.pem"', json.dumps(text)))
        said = run.fails("compose", "mail.toml")
        assert said.startswith("mail.toml: dkim")
        assert text[30:60] not in said

    def test_a_folder_that_is_not_there_is_named_as_it_was_given(self, run: Runner) -> None:
        assert run.fails("sign", "plain.eml", *BY_RSA, "-o", "no/x.eml") == "no/x.eml: No such file or directory"

    def test_its_help_says_which_signature_stands_on_top(self, run: Runner) -> None:
        assert "RSA signatures stand on top of the others" in " ".join(run("sign", "--help").split())

    def test_the_identity_is_written(self, run: Runner) -> None:
        run("sign", "plain.eml", *BY_RSA, "--identity", "ada@news.example.com", "-o", "signed.eml")
        (result,) = run.json("verify", "signed.eml", "--zone", "zone.json")["results"]
        assert (result["status"], result["identity"]) == ("pass", "ada@news.example.com")

    @pytest.mark.parametrize("more", [(), ("--identity", "ada@example.com")])
    def test_for_ses_it_leaves_out_what_ses_replaces(self, run: Runner, more: tuple[str, ...]) -> None:
        run("sign", "plain.eml", *BY_RSA, "--ses", *more, "-o", "signed.eml")
        (result,) = run.json("verify", "signed.eml", "--zone", "zone.json")["results"]
        assert result["status"] == "pass"
        assert result["covered"] == ["from", "to", "subject"]
        assert result["uncovered"] == ["date", "message-id"]

    def test_a_password_comes_out_of_a_file(self, run: Runner) -> None:
        Path("password").write_text(f"{PASSWORD}\n")
        options = ("--domain", DOMAIN, "--selector", "ed", "--key", "locked.pem", "--password-file", "password")
        run("sign", "plain.eml", *options, "-o", "signed.eml")
        assert run.statuses("signed.eml") == ["pass"]

    def test_a_short_key_signs_with_a_note(self, run: Runner, short_pem: bytes) -> None:
        Path("short.pem").write_bytes(short_pem)
        note = "mimekit: note: the RSA key has 1024 bits; RFC 8301 3.2 asks signers for 2048 at least\n"
        options = ("--domain", DOMAIN, "--selector", "rsa", "--key", "short.pem", "-o", "signed.eml")
        assert run("sign", "plain.eml", *options, note=note).startswith("signed.eml: ")
        assert Path("signed.eml").read_bytes().endswith(PLAIN)

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (("--selector", "rsa", "--key", "no.pem"), "'no.pem': the file cannot be read: No such file or directory"),
            (("--selector", "rsa", "--key", "."), "'.': the file cannot be read: Is a directory"),
            (("--selector", "rsa", "--key", "plain.eml"), "the key file 'plain.eml' "),
            (
                ("--selector", "ed", "--key", "locked.pem"),
                "the key file 'locked.pem' is a PKCS#8 PEM and encrypted; name the file of its password by --pass",
            ),
            (
                ("--selector", "ed", "--key", "ed.pem", "--password-file", "zone.json"),
                "the key file 'ed.pem' is a PKCS#8 PEM and not encrypted; leave --password-file out",
            ),
            (
                ("--selector", "ed", "--key", "locked.pem", "--password-file", "zone.json"),
                "the key file 'locked.pem' is a PKCS#8 PEM that this password does not open",
            ),
            (
                ("--selector", "ed", "--key", "locked.pem", "--password-file", "none"),
                "'none': the file cannot be read: No such file or directory",
            ),
            (("--selector", "ed", "--key", "ed.pem", "--ses"), "the key is for ed25519-sha256; SES takes"),
            (
                ("--selector", "rsa", "--key", "rsa.pem", "--selector", "ed", "--key", "ed.pem", "--ses"),
                "the key is for ed25519-sha256; SES takes",
            ),
            (
                ("--selector", "rsa", "--key", "rsa.pem", "--selector", "two", "--key", "rsa.pem", "--ses"),
                "a signer for SES is the only one",
            ),
            (("--selector", "a b", "--key", "rsa.pem"), "selector cannot be written into a signature"),
            (("--selector", "rsa", "--key", "rsa.pem", "--identity", "ada@example.org"), "identity is 'ada@example.o"),
            (("--selector", "rsa", "--key", "rsa.pem", "--selector", "ed"), "1 of --key and 2 of --selector; give one"),
            (("--selector", "rsa", "--key", "rsa.pem", "--now", "noon"), "--now is 'noon'; give a time with its off"),
            (("--selector", "rsa"), "the following arguments are required: --key (see mimekit sign --help)"),
        ],
    )
    def test_what_cannot_sign_is_one_line(self, run: Runner, arguments: tuple[str, ...], sentence: str) -> None:
        assert run.fails("sign", "plain.eml", "--domain", DOMAIN, *arguments, "-o", "signed.eml").startswith(sentence)
        assert not Path("signed.eml").exists()

    @pytest.mark.parametrize(
        ("octets", "sentence"),
        [
            (PLAIN.replace(b"Hello.\r\n", b"Hello.\n\r\n"), "the message has a bare LF at octet "),
            (PLAIN[:-2], "the message ends in 'Hello.', without CRLF"),
            (b"From: eve@example.net\r\n" + PLAIN, "the message has 2 From fields; "),
            (PLAIN.replace(b"Hello", b"Hall\xc3\xb6"), "the message holds the octet 0xc3 at octet "),
        ],
    )
    def test_what_cannot_be_signed_is_one_line(self, run: Runner, octets: bytes, sentence: str) -> None:
        Path("odd.eml").write_bytes(octets)
        said = run.fails("sign", "odd.eml", *BY_RSA)
        assert said.startswith(sentence)
        assert "with_encoding" not in said
        assert "allow_8bit=True" not in said


class TestVerify:
    @pytest.fixture(autouse=True)
    def signed(self, run: Runner) -> None:
        """Sign the message."""
        run("sign", "plain.eml", *BY_RSA, "--now", NOW, "-o", "signed.eml")

    def test_it_shows_who_signed_and_what(self, run: Runner) -> None:
        assert run("verify", "signed.eml", "--zone", "zone.json", "--now", NOW).splitlines() == [
            "pass      example.com rsa  rsa-sha256",
            "  verified: the signature is good and covers this message (RFC 6376 6.1.3)",
            "  covered: from, to, subject, date, message-id",
        ]

    def test_a_zone_file_will_do(self, run: Runner) -> None:
        options = ("--domain", DOMAIN, "--selector", "third")
        Path("zone").write_text(run("keygen", *options, "--form", "zone"))
        run("sign", "plain.eml", *options, "--key", "third.pem", "-o", "third.eml")
        assert run.json("verify", "third.eml", "--zone", "zone")["passed"] is True
        assert run.json("verify", "signed.eml", "--zone", "zone", code=1)["results"][0]["reason"] == "no-key"

    def test_it_asks_name_servers(self, run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
        from mimekit.auth import resolver

        value = txt_record(rsa_key())
        with name_server({f"rsa._domainkey.{DOMAIN}": [f'"{value[:200]}" "{value[200:]}"']}) as server:
            ours = resolver.DnspythonResolver(nameservers=["127.0.0.1"], port=server.port)
            monkeypatch.setattr(resolver, "DnspythonResolver", lambda: ours)
            assert run.json("verify", "signed.eml", "--dns")["passed"] is True
        assert server.asked == [f"rsa._domainkey.{DOMAIN}"]

    def test_what_fails_is_explained_and_1(self, run: Runner) -> None:
        Path("sent.eml").write_bytes(Path("signed.eml").read_bytes() + b"A footer of the list\r\n")
        lines = run("verify", "sent.eml", "--zone", "zone.json", code=1).splitlines()
        assert lines[:2] == [
            "fail      example.com rsa  rsa-sha256",
            "  body-hash: the body is not the one that was signed (RFC 6376 6.1.3)",
        ]
        assert lines[2].startswith("  why: ")
        assert "text was added at the end" in lines[2]

    def test_a_changed_field_is_named(self, run: Runner) -> None:
        octets = Path("signed.eml").read_bytes().replace(b"Subject: Notes", b"Subject: [list] Notes")
        Path("sent.eml").write_bytes(octets)
        out = run("verify", "sent.eml", "--zone", "zone.json", code=1)
        assert "  why: Subject: text was put before it: [list]" in out.replace("'", "")
        (result,) = run.json("verify", "sent.eml", "--zone", "zone.json", code=1)["results"]
        (cause,) = result["causes"]
        assert (cause["field"], cause["certain"]) == ("Subject", True)

    def test_a_failing_one_is_explained_beside_one_that_passes(self, run: Runner) -> None:
        sent = Path("signed.eml").read_bytes().replace(b"Subject: Notes", b"Subject: [list] Notes")
        Path("sent.eml").write_bytes(sent)
        run("sign", "sent.eml", *BY_ED, "-o", "again.eml")
        out = run("verify", "again.eml", "--zone", "zone.json")
        assert out.index("pass      example.com ed") < out.index("fail      example.com rsa") < out.index("  why: Subj")

    def test_what_the_verdict_says_is_not_said_twice(self, run: Runner) -> None:
        Path("empty.json").write_text("{}")
        out = run("verify", "signed.eml", "--zone", "empty.json", code=1)
        assert out.startswith("permerror example.com rsa  rsa-sha256\n  no-key: there is no key record at rsa._domain")
        assert "why:" not in out

    def test_a_message_without_a_signature_does_not_pass(self, run: Runner) -> None:
        assert run("verify", "plain.eml", "--zone", "zone.json", code=1).splitlines() == [
            "none",
            "  unsigned: the message has no DKIM-Signature (RFC 8601 2.7.1)",
        ]

    @pytest.mark.parametrize(("domain", "code"), [("example.com", 0), ("EXAMPLE.com", 0), ("news.example.com", 1)])
    def test_the_domain_that_must_have_signed_decides(self, run: Runner, domain: str, code: int) -> None:
        out = run("verify", "signed.eml", "--zone", "zone.json", "--domain", domain, code=code)
        assert ("no signature of news.example.com passes" in out) is (code == 1)

    def test_a_line_end_of_lf_passes_with_a_warning(self, run: Runner) -> None:
        Path("lf.eml").write_bytes(Path("signed.eml").read_bytes().replace(b"\r\n", b"\n"))
        assert "  warning: lf: " in run("verify", "lf.eml", "--zone", "zone.json")

    @pytest.mark.parametrize("name", ["hostile", "-"])
    def test_what_came_in_is_never_taken_for_a_spec(
        self, run: Runner, name: str, here: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        octets = (
            f'# x\nfrom = "ada@example.com"\nto = "grace@example.org"\ntext_file = "{here}/rsa.pem"\n'
            + ONE.replace("rsa.pem", f"{here}/rsa.pem")
        ).encode()
        Path("hostile").write_bytes(octets)
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=BytesIO(octets)))
        assert run("verify", name, "--zone", "zone.json", code=1).splitlines() == [
            "none",
            "  unsigned: the message has no DKIM-Signature (RFC 8601 2.7.1)",
        ]

    def test_a_spec_is_not_signed_and_that_is_said(self, run: Runner) -> None:
        spec(ONE.replace("rsa.pem", "absent.pem"))
        note = (
            "mimekit: note: mail.toml: not signed by its table dkim, for verify does not sign; write the message with "
            "compose, and verify that\n"
        )
        assert run("verify", "mail.toml", "--zone", "zone.json", code=1, note=note).startswith("none")

    def test_a_domain_may_end_in_a_dot(self, run: Runner) -> None:
        run("verify", "signed.eml", "--zone", "zone.json", "--domain", "example.com.")

    def test_a_system_without_name_servers_is_one_line(self, run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
        import dns.resolver

        def read(*_: object) -> None:
            raise dns.resolver.NoResolverConfiguration

        for name in ("read_resolv_conf", "read_registry"):
            monkeypatch.setattr(dns.resolver.BaseResolver, name, read)
        assert run.fails("verify", "signed.eml", "--dns").startswith("this system names no name server ")

    def test_a_spec_expires_by_the_clock_of_the_argument(self, run: Runner) -> None:
        spec(ONE, "expires_days = 7\n")
        run("compose", "mail.toml", "--now", NOW, "-o", "old.eml")
        assert run("verify", "old.eml", "--zone", "zone.json", "--now", NOW).startswith("pass ")
        out = run("verify", "old.eml", "--zone", "zone.json", "--now", LATER, code=1)
        assert "  expired: x=1796212800 passed " in out

    def test_the_diagnosis_has_the_clock_of_the_verdict(self, run: Runner) -> None:
        spec(ONE, "expires_days = 7\n")
        run("compose", "mail.toml", "--now", "2020-01-01T00:00:00+00:00", "-o", "old.eml")
        Path("damaged.eml").write_bytes(Path("old.eml").read_bytes() + b"A footer of the list\r\n")
        then = ("--now", "2020-01-02T00:00:00+00:00")
        (result,) = run.json("verify", "damaged.eml", "--zone", "zone.json", *then, code=1)["results"]
        assert (result["reason"], [cause["code"] for cause in result["causes"]]) == ("body-hash", ["footer-added"])

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (("--zone", "no.json"), "no.json: No such file or directory"),
            (("--zone", "plain.eml"), "'plain.eml' is no zone: "),
            (("--zone", "broken.json"), "'broken.json' is no zone in JSON: "),
            (("--zone", "list.json"), "the TXT records of 'a.example' are 17; give one text, or a list of records"),
            (("--zone", "binary"), "'binary' is no zone: octet 0 is no UTF-8; give JSON or a master file"),
            (("--zone", "zone.json", "--dns"), "argument --dns: not allowed with argument --zone (see mimekit verify"),
            ((), "one of the arguments --zone --dns is required (see mimekit verify --help)"),
            (("--zone", "zone.json", "--now", "noon"), "--now is 'noon'; give a time with its offset"),
        ],
    )
    def test_wrong_use_is_one_line(self, run: Runner, arguments: tuple[str, ...], sentence: str) -> None:
        Path("broken.json").write_text('{"a.example": ')
        Path("list.json").write_text('{"a.example": 17}')
        Path("binary").write_bytes(b"\xff\xfe")
        assert run.fails("verify", "signed.eml", *arguments).startswith(sentence)

    def test_nothing_of_a_message_reaches_the_terminal_as_it_is(self, run: Runner) -> None:
        octets = (
            Path("signed.eml").read_bytes().replace(b"s=rsa;", b"s=\x1b[31m;").replace(b"d=example", b"d=\xe2\x80\xae")
        )
        Path("hostile.eml").write_bytes(octets)
        out = run("verify", "hostile.eml", "--zone", "zone.json", code=1)
        assert out.startswith("permerror")
        assert not {"\x1b", "\u202e"} & set(out)


class TestSpec:
    def test_compose_signs_by_one_table(self, run: Runner) -> None:
        spec(ONE)
        run("compose", "mail.toml", "-o", "out.eml")
        assert judged(Path("out.eml").read_bytes()) == [True]

    def test_compose_signs_by_each_of_several(self, run: Runner) -> None:
        spec(ED, RSA)
        run("compose", "mail.toml", "-o", "out.eml")
        assert judged(Path("out.eml").read_bytes()) == [True, True]
        assert run.statuses("out.eml") == ["pass", "pass"]

    def test_the_seed_and_the_moment_give_the_same_octets(self, run: Runner) -> None:
        spec(ONE, "expires_days = 7\n")
        for name in ("one.eml", "two.eml"):
            run("compose", "mail.toml", "--seed", "7", "--now", NOW, "-o", name)
        octets = Path("one.eml").read_bytes()
        assert octets == Path("two.eml").read_bytes()
        assert b"t=1795608000; x=1796212800;" in octets

    def test_an_attached_file_is_signed_as_it_is_written(self, run: Runner) -> None:
        Path("large.bin").write_bytes(bytes(range(256)) * 4096)
        spec(ONE, text=SPEC + 'attachments = ["large.bin"]\n')
        run("compose", "mail.toml", "-o", "out.eml")
        octets = Path("out.eml").read_bytes()
        assert judged(octets) == [True]
        assert parse(octets).attachments[0].content == bytes(range(256)) * 4096

    @pytest.mark.parametrize("bcc", ["omit", "separate", "empty"])
    def test_every_copy_that_is_sent_verifies(self, run: Runner, bcc: str) -> None:
        spec(RSA, ED, text=SPEC + 'bcc = ["one@example.net", "two@example.net"]\n')
        assert "3 recipients in " in run("send", "mail.toml", "--bcc", bcc)
        entries = list(Outbox("outbox"))
        assert len(entries) == (3 if bcc == "separate" else 1)
        for entry in entries:
            assert run.statuses(entry.path) == ["pass", "pass"]
            assert judged(entry.path.read_bytes()) == [True, True]

    def test_show_and_envelope_need_no_key_and_show_says_what_it_does_not_show(self, run: Runner) -> None:
        spec(ONE.replace("rsa.pem", "absent.pem"))
        note = "mimekit: note: mail.toml: not signed by its table dkim, for which show needs no key\n"
        assert "DKIM-Signature" not in run("show", "mail.toml", note=note)
        assert "grace@example.org" in run("envelope", "mail.toml")
        run("compose", "mail.toml", code=2, note=f"mimekit: {run.fails('compose', 'mail.toml')}\n")

    def test_8bit_content_is_refused_with_the_words_of_a_spec(self, run: Runner) -> None:
        spec(ONE, text=SPEC.replace("Hello.", "Hall\\u00f6.") + 'encoding = "8bit"\n')
        said = run.fails("compose", "mail.toml")
        assert "; leave encoding out of the spec, or write allow_8bit = true into its table dkim" in said

    @pytest.mark.parametrize("version", ["v1", "v2"])
    def test_the_call_of_ses_has_the_signed_octets(self, run: Runner, version: str) -> None:
        spec(ONE, "ses = true\n")
        call = json.loads(run("compose", "mail.toml", "--ses", version))
        raw = call["RawMessage"]["Data"] if version == "v1" else call["Content"]["Raw"]["Data"]
        signed = b64decode(raw)
        assert judged(signed) == [True]
        (covered,) = [result["covered"] for result in self.results(run, signed)]
        assert not {"date", "message-id"} & set(covered)

    @staticmethod
    def results(run: Runner, octets: bytes) -> Any:
        Path("given.eml").write_bytes(octets)
        return run.json("verify", "given.eml", "--zone", "zone.json")["results"]

    def test_every_key_of_the_table_does_what_it_says(self, run: Runner) -> None:
        spec(
            '[dkim]\ndomain = "EXAMPLE.com"\nselector = "ed"\nkey = "locked.pem"\npassword_file = "password"\n',
            'identity = "@news.example.com"\ncanonicalization = "simple/relaxed"\nallow_8bit = true\n',
            'headers = ["From", "Subject"]\nexpires_days = 3\nses = false\n',
            text=SPEC.replace("Hello.", "Hall\\u00f6.") + 'encoding = "8bit"\n',
        )
        Path("password").write_text(f"{PASSWORD}\r\n", newline="")
        run("compose", "mail.toml", "-o", "out.eml")
        octets = Path("out.eml").read_bytes()
        (result,) = self.results(run, octets)
        assert (result["status"], result["identity"], result["domain"]) == ("pass", "@news.example.com", "example.com")
        assert result["covered"] == ["from", "subject"]
        assert b"c=simple/relaxed;" in octets
        assert b" x=" in octets
        assert "Hall\u00f6.".encode() in octets

    def test_for_ses_the_other_keys_count_too(self, run: Runner) -> None:
        spec(ONE, 'ses = true\nidentity = "@news.example.com"\nheaders = ["From"]\nexpires_days = 3\n')
        run("compose", "mail.toml", "-o", "out.eml")
        octets = Path("out.eml").read_bytes()
        (result,) = self.results(run, octets)
        assert (result["identity"], result["covered"]) == ("@news.example.com", ["from"])
        assert b" x=" in octets

    def test_a_key_is_found_beside_the_spec(self, run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        spec(ONE)
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        run("compose", "../mail.toml", "-o", "out.eml")
        assert judged(Path("out.eml").read_bytes()) == [True]

    def test_an_absolute_path_leads_anywhere_and_a_relative_one_stays_below_the_spec(
        self, run: Runner, here: Path
    ) -> None:
        (here / "below").mkdir()
        (here / "below" / "link.pem").symlink_to(here / "rsa.pem")
        outside = "it leads out of the directory of the spec; write an absolute path"
        for key in ("../rsa.pem", "link.pem"):
            (here / "below" / "mail.toml").write_text(SPEC + ONE.replace("rsa.pem", key))
            assert run.fails("compose", "below/mail.toml") == f"mail.toml: dkim.key is '{key}'; {outside}"
        (here / "below" / "mail.toml").write_text(SPEC + ONE.replace("rsa.pem", str(here / "rsa.pem")))
        run("compose", "below/mail.toml", "-o", "out.eml")
        assert judged(Path("out.eml").read_bytes()) == [True]

    @pytest.mark.parametrize("verb", ["compose", "send"])
    @pytest.mark.parametrize(
        ("table", "sentence"),
        [
            ('dkim = "yes"\n', "mail.toml: dkim is 'yes'; expected a table"),
            (ONE + 'domian = "x"\n', "mail.toml: dkim.domian is 'x'; no key here; known are domain, selector, key, "),
            (ONE.replace('selector = "rsa"\n', ""), "mail.toml: dkim has no selector; a signature needs domain, "),
            (ONE.replace('"rsa.pem"', "17"), "mail.toml: dkim.key is 17; expected a string"),
            (ONE.replace("rsa.pem", ""), "mail.toml: dkim.key is ''; expected the path of a file"),
            (ONE.replace("rsa.pem", "a\\u0000b"), "mail.toml: dkim.key is 'a\\x00b'; expected the path of a file"),
            (ONE.replace("rsa.pem", "no.pem"), "mail.toml: dkim.key is 'no.pem'; the file cannot be read: No such "),
            (ONE + 'password_file = "no"\n', "mail.toml: dkim.password_file is 'no'; the file cannot be read: No "),
            (ONE.replace("rsa.pem", "mail.toml"), "mail.toml: dkim: the key file '"),
            (ED.replace("ed.pem", "locked.pem"), "mail.toml: dkim: the key file 'locked.pem' is a PKCS#8 PEM and enc"),
            (ONE + 'password_file = "zone.json"\n', "mail.toml: dkim: the key file 'rsa.pem' is a PKCS#8 PEM and not "),
            (ONE.replace("example.com", "localhost"), "mail.toml: dkim: domain is 'localhost', and d= has two labels"),
            (ONE + "ses = 1\n", "mail.toml: dkim.ses is 1; expected true or false"),
            (ONE + "ses = true\nallow_8bit = true\n", "mail.toml: dkim.allow_8bit is True; what goes to Amazon SES is"),
            (ED.replace("[[", "[").replace("]]", "]") + "ses = true\n", "mail.toml: dkim: the key is for ed25519-sha2"),
            (ONE + 'headers = "From"\n', "mail.toml: dkim.headers is 'From'; expected a list of field names"),
            (ONE + "headers = [17]\n", "mail.toml: dkim.headers is [17]; expected a list of field names"),
            (ONE + 'headers = ["Subject"]\n', "mail.toml: dkim: headers leaves out From"),
            (ONE + "expires_days = true\n", "mail.toml: dkim.expires_days is True; expected a whole number"),
            (ONE + "expires_days = 0\n", "mail.toml: dkim.expires_days is 0; expected 1 to 3650 days"),
            (ONE + f"expires_days = {10**15}\n", f"mail.toml: dkim.expires_days is {10**15}; expected 1 to 3650"),
            (ONE + 'canonicalization = "loose"\n', "mail.toml: dkim: canonicalization is 'loose'; it is relaxed or"),
            (RSA + ED.replace("ed.pem", "no.pem"), "mail.toml: dkim[1].key is 'no.pem'; the file cannot be read"),
            (RSA + ED.replace("example.com", "a b"), "mail.toml: dkim[1]: domain cannot be written into a signature"),
        ],
    )
    def test_a_wrong_table_is_one_line(self, run: Runner, table: str, sentence: str, verb: str) -> None:
        spec(table)
        assert run.fails(verb, "mail.toml").startswith(sentence)
        assert not Path("outbox").exists()


@pytest.fixture(scope="module")
def short_pem() -> bytes:
    """Give an RSA key of 1024 bits."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(65537, 1024).private_bytes(  # noqa: S505 - a short one is what is tested
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
