"""What `mimekit keygen` writes and prints."""

from __future__ import annotations

import argparse
import json
import os
import stat
import sys
from pathlib import Path

import pytest

from mimekit.cli import keygen
from mimekit.cli.terminal import Terminal
from mimekit.dkim.keys import SigningKey
from mimekit.dkim.record import KeyRecord, matches
from mimekit.errors import MimekitError

NAME = "s2026._domainkey.example.com"
BASE = ("--domain", "example.com", "--selector", "s2026")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run the verb; give what it printed."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    keygen.arguments(parser)
    assert keygen.run(parser.parse_args([*BASE, *arguments]), Terminal(sys.stdout)) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


class TestTheKey:
    def test_it_is_rsa_with_2048_bits_in_a_file_named_after_the_selector(
        self, here: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = run(capsys)
        key = SigningKey.load(here / "s2026.pem")
        assert (key.algorithm, key.bits) == ("rsa-sha256", 2048)
        first, second, value = out.splitlines()
        assert first == "s2026.pem: the private key, rsa-sha256, 2048 bits"
        assert second == f"TXT record of {NAME}:"
        assert matches(key, value)
        assert KeyRecord.parse(value).lint() == []
        assert names(here) == ["s2026.pem"]

    def test_the_algorithm_and_the_size_are_those_asked_for(
        self, here: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        run(capsys, "--algorithm", "ed25519-sha256", "-o", "e.pem")
        run(capsys, "--bits", "3072", "-o", "r.pem")
        assert SigningKey.load(here / "e.pem").algorithm == "ed25519-sha256"
        assert SigningKey.load(here / "r.pem").bits == 3072

    @pytest.mark.skipif(
        os.name != "posix", reason="this system has no permissions of POSIX: those of a key were not tested"
    )
    @pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
    @pytest.mark.parametrize("form", ["plain", "ses"])
    def test_only_its_owner_can_read_it(
        self, here: Path, capsys: pytest.CaptureFixture[str], umask: int, form: str
    ) -> None:
        before = os.umask(umask)
        try:
            run(capsys, "--form", form)
        finally:
            os.umask(before)
        assert {stat.S_IMODE(path.stat().st_mode) for path in here.iterdir()} == {0o600}

    @pytest.mark.parametrize("there", ["s2026.pem", "s2026.ses.json"])
    def test_no_file_is_written_over_and_none_is_left(
        self, here: Path, capsys: pytest.CaptureFixture[str], there: str
    ) -> None:
        (here / there).write_text("a key that is in use")
        with pytest.raises(FileExistsError):
            run(capsys, "--form", "ses")
        assert names(here) == [there]
        assert (here / there).read_text() == "a key that is in use"
        assert capsys.readouterr().out == ""

    @pytest.mark.skipif(
        os.name != "posix", reason="this system is not POSIX: a symbolic link in the place of a key was not tried"
    )
    def test_no_link_is_followed(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (here / "s2026.pem").symlink_to(here / "elsewhere")
        with pytest.raises(FileExistsError):
            run(capsys)
        assert names(here) == ["s2026.pem"]

    def test_a_password_encrypts_it(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (here / "password").write_bytes(b"two words\r\n")
        run(capsys, "--password-file", "password", "--algorithm", "ed25519-sha256")
        assert (here / "s2026.pem").read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
        assert SigningKey.load(here / "s2026.pem", password=b"two words").bits == 256

    def test_an_empty_password_is_an_error(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (here / "password").write_bytes(b"\n")
        with pytest.raises(MimekitError, match="the password to write a key with is empty"):
            run(capsys, "--password-file", "password")
        assert names(here) == ["password"]

    def test_it_is_not_printed(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(MimekitError, match="a private key is not printed"):
            run(capsys, "-o", "-")
        for form in ("plain", "zone", "route53", "ses"):
            out = run(capsys, "--form", form, "-o", f"{form}.pem")
            secret = SigningKey.load(here / f"{form}.pem").to_pem().splitlines()[5].decode()
            assert secret not in out.replace("\n", "")


class TestTheRecord:
    def test_the_flags_are_in_it(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        value = run(capsys, "--testing", "--strict", "--algorithm", "ed25519-sha256").splitlines()[-1]
        assert KeyRecord.parse(value).t == ("y", "s")
        assert here.is_dir()

    def test_a_zone_file_is_all_that_is_printed(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        out = run(capsys, "--form", "zone")
        assert out.startswith(f'{NAME}. IN TXT (\n  "v=DKIM1; k=rsa; p=')
        value = "".join(out.split('"')[1::2])
        assert matches(SigningKey.load(here / "s2026.pem"), value)

    def test_so_is_a_change_of_route_53(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (change,) = json.loads(run(capsys, "--form", "route53"))["Changes"]
        record = change["ResourceRecordSet"]
        assert record["Name"] == f"{NAME}."
        value = "".join(record["ResourceRecords"][0]["Value"].split('"')[1::2])
        assert matches(SigningKey.load(here / "s2026.pem"), value)

    def test_what_ses_takes_is_a_second_file(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        out = run(capsys, "--form", "ses", "-o", "keys.d.pem").splitlines()
        assert out[:2] == [
            "keys.d.pem: the private key, rsa-sha256, 2048 bits",
            "keys.d.ses.json: what SES takes to sign with it; it holds the private key",
        ]
        call = json.loads((here / "keys.d.ses.json").read_bytes())
        attributes = call.pop("SigningAttributes")
        assert call == {"EmailIdentity": "example.com", "SigningAttributesOrigin": "EXTERNAL"}
        assert attributes["DomainSigningSelector"] == "s2026"
        key = SigningKey.load(attributes["DomainSigningPrivateKey"].encode())
        assert key == SigningKey.load(here / "keys.d.pem")
        assert matches(key, out[-1])

    @pytest.mark.parametrize(
        ("arguments", "text"),
        [
            (["--algorithm", "ed25519-sha256"], "SES takes RSA keys of 1024 to 2048 bits"),
            (["--bits", "4096"], "SES takes RSA keys of 1024 to 2048 bits"),
            (["--selector", "a.b"], "is none for SES"),
            (["--password-file", "password"], "leave out --password-file"),
        ],
    )
    def test_what_ses_does_not_take_leaves_no_file(
        self, here: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], text: str
    ) -> None:
        (here / "password").write_text("secret")
        with pytest.raises(MimekitError, match=text):
            run(capsys, "--form", "ses", *arguments)
        assert names(here) == ["password"]

    def test_names_are_in_a_labels(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        out = run(capsys, "--domain", "B\u00fccher.example", "--selector", "S1", "--algorithm", "ed25519-sha256")
        assert "TXT record of s1._domainkey.xn--bcher-kva.example:" in out.splitlines()
        assert names(here) == ["s1.pem"]

    @pytest.mark.parametrize("arguments", [["--selector", "../s"], ["--domain", "a b"], ["--selector", "s._domainkey"]])
    def test_what_is_no_name_is_an_error(
        self, here: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
    ) -> None:
        with pytest.raises(MimekitError, match=r"^(selector|domain) (is|cannot)"):
            run(capsys, *arguments)
        assert names(here) == []
