"""
The corpus: real messages and mailboxes that lie beside the checkout, never in it.

`MIMEKIT_CORPUS`, `MIMEKIT_VECTORS` and `MIMEKIT_FACTS` name other places.  Where a folder is absent the tests that need
it are left out and say so.  Everything here is sorted, so that a run is repeatable.

    a folder -> its files: all of them, those that are messages, those that are mailboxes
"""

from __future__ import annotations

import codecs
import os
import re
from functools import cache
from pathlib import Path

import pytest

__all__ = [
    "corpus_folder",
    "every_file",
    "mailboxes",
    "message_files",
    "need_corpus",
    "need_facts",
    "need_vectors",
    "vectors_folder",
]

ROOT = Path(__file__).resolve().parents[2]

# What a peer's tests expect, or keep beside their messages.  A name that is not here counts as a message: reading one
# file too many costs nothing, leaving one out hides it.
_BESIDE = re.compile(
    r"""(?x)
      \. (?: xml | out | json | jsonl | yml | csv | tsv | md | dns | ntx | tinydns | bind9 | db | mmdb | dat | pub | pl
           | png | jpg | gif | tiff | pdf | odt | wav | tgz | tar | ics | gitignore | gitattributes | LICENSE | CHANGES
           | MessageServiceFactory ) $
    | ^ (?: README.* | LICENSE.* | CHANGES.* | MANIFEST.* ) $
    | _decoded (?: _[0-9_]+ )? \. (?: txt | bin | xml | html ) $
    | -summary\.txt $
    | ^ body\.[0-9]+\.txt $
    | \.body\.[0-9]+\.html $
    """
)
_SEPARATOR = re.compile(rb"(?m)^From \S.*\d\d:\d\d.*$")
_MAILBOX_NAME = re.compile(r"\.mbox(?:$|\.)|^mbox\.|^INBOX|\.mbox/")


def corpus_folder() -> Path:
    """Give the folder of the corpus, which may not exist."""
    return Path(os.environ.get("MIMEKIT_CORPUS") or ROOT.parent / "shared" / "corpus")


def vectors_folder() -> Path:
    """Give the folder of the test vectors, which may not exist."""
    return Path(os.environ.get("MIMEKIT_VECTORS") or ROOT.parent / "shared" / "vectors")


def need_corpus() -> Path:
    """Give the folder of the corpus, or leave the running test out."""
    return _need(corpus_folder(), "corpus", "MIMEKIT_CORPUS")


def need_vectors() -> Path:
    """Give the folder of the test vectors, or leave the running test out."""
    return _need(vectors_folder(), "vectors", "MIMEKIT_VECTORS")


def need_facts() -> Path:
    """Give the folder of the catalogues that the code follows, or leave the running test out."""
    folder = Path(os.environ.get("MIMEKIT_FACTS") or ROOT.parent / "shared" / "facts")
    return _need(folder, "catalogues", "MIMEKIT_FACTS")


def _need(folder: Path, what: str, variable: str) -> Path:
    if not folder.is_dir():
        pytest.skip(f"left out: no {what} beside the checkout; {variable} may name the folder")
    return folder


@cache
def every_file(under: str = "") -> tuple[Path, ...]:
    """List every regular file of the corpus, or of one folder *under* it; empty when there is none."""
    folder = corpus_folder() / under
    return tuple(sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "MANIFEST.tsv"))


@cache
def message_files(under: str = "") -> tuple[Path, ...]:
    """List the files that are not plainly an expectation, a key or a picture; mailboxes are among them."""
    return tuple([path for path in every_file(under) if _BESIDE.search(path.name) is None])


@cache
def mailboxes(under: str = "") -> tuple[Path, ...]:
    """List the mboxes: what begins with a separator line, and has a mailbox's name or more than one such line."""
    return tuple([path for path in message_files(under) if _is_mailbox(path)])


def _is_mailbox(path: Path) -> bool:
    with path.open("rb") as file:
        if not file.read(8).removeprefix(codecs.BOM_UTF8).startswith(b"From "):
            return False
    if _MAILBOX_NAME.search(f"{path.parent.name}/{path.name}"):
        return True
    return len(_SEPARATOR.findall(path.read_bytes())) > 1
