"""The reviews that the study learns from, and those it is judged by.

The published corpus is NSMC, the Naver sentiment movie corpus: L. Park,
2016, github.com/e9t/nsmc, CC0 1.0. It is downloaded once, from where its
author published it, and kept under --work.
"""

from __future__ import annotations

import hashlib
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paper.problem import Refusal
from paper.progress import progress
from paper.reviews.miniature import miniature

ADDRESS = "https://raw.githubusercontent.com/e9t/nsmc/master"
# SHA-256 and size of the two published files, as Hugging Face's Datasets
# recorded them when it downloaded them from ADDRESS: datasets/nsmc/
# dataset_infos.json in github.com/huggingface/datasets.
PUBLISHED = {
    "ratings_train.txt": (
        "e03b7d14e9e41be8d464a28057cd25d7396c53e67aa7fd5f7e552c59b0ee2940",
        14_628_807,
    ),
    "ratings_test.txt": (
        "8ac9f64052f11dbf6ae0acb5e038f03d90a76f0eda7820cfb3a92d02edfcebda",
        4_893_335,
    ),
}
# Corpora that are known by their checksum, whatever file they came in:
# NSMC's raw reviews drawn anew by its rule, since we had no other.
KNOWN = {
    "6e76f2dc4a2ef7a55af6e5e828179cd53b565f541d54e8c642359e10ed298852": (
        "nsmc-rebuilt"
    ),
}
COLUMNS = ("id", "document", "label")
CHUNK = 1 << 16  # bytes that are read at once
SECONDS = 30  # without a byte, until a download is given up


@dataclass(frozen=True)
class Reviews:
    """Texts with their labels: 0 is unkind, 1 is kind.

    `texts` has n strings, some of which may be empty, as a few of the
    published ones are; `labels` is int64 of shape (n,).
    """

    texts: tuple[str, ...]
    labels: NDArray[np.int64]


@dataclass(frozen=True)
class Corpus:
    """Reviews to learn from and reviews to judge by."""

    name: str
    sha256: str
    "Of all texts and labels in their order, whatever file they came in."
    train: Reviews
    test: Reviews


def load(source: str, work: Path, files: list[str] | None = None) -> Corpus:
    """The corpus named "miniature" or "nsmc", or that of two files.

    `files` are one to learn from and one to judge by, each with the columns
    id, document and label: text with tabs between them (.txt, .tsv), or
    .parquet where pyarrow is installed.

    Raises `Refusal` if a file is not there or holds something else, and if
    a download fails; what has arrived until then is kept.
    """
    if files:
        name, parts = Path(files[0]).stem, [Path(path) for path in files]
    elif source == "miniature":
        return corpus("miniature", *(Reviews(*part) for part in miniature()))
    elif source == "nsmc":
        name = "nsmc"
        parts = [published(file, Path(work) / "nsmc") for file in PUBLISHED]
    else:
        raise Refusal(
            f"{source} is neither miniature nor nsmc; give files of your own "
            "as --files TRAIN TEST."
        )
    return corpus(name, *(read(path) for path in parts))


def corpus(name: str, train: Reviews, test: Reviews) -> Corpus:
    """The two parts, with the checksum of what is in them."""
    digest = hashlib.sha256()
    for part in (train, test):
        for text, label in zip(part.texts, part.labels, strict=True):
            digest.update(f"{text}\t{label}\n".encode())
        digest.update(b"\n")
    sha256 = digest.hexdigest()
    return Corpus(KNOWN.get(sha256, name), sha256, train, test)


def seen(corpus: Corpus, train: Reviews) -> NDArray[np.bool_]:
    """Which of the reviews to judge by have a text that is in `train` too.

    Shape (n of the test part,). Texts are compared letter by letter.
    """
    known = set(train.texts)
    return np.array([text in known for text in corpus.test.texts], bool)


def read(path: Path) -> Reviews:
    """The reviews of a file with the columns id, document and label."""
    rows = from_parquet if path.suffix == ".parquet" else from_text
    try:
        texts, labels = rows(path)
    except FileNotFoundError:
        raise Refusal(f"There is no file {path}.") from None
    except IsADirectoryError:
        raise Refusal(f"{path} is a folder, not a file.") from None
    if set(labels) != {"0", "1"}:
        found = ", ".join(sorted(set(labels))[:3])
        raise Refusal(f"{path}: labels must be 0 and 1, not {found}.")
    return Reviews(tuple(texts), np.array(labels, np.int64))


def from_text(path: Path) -> tuple[list[str], list[str]]:
    """Documents and labels of a file with tabs between its columns.

    A document may hold quotation marks; it has no tab and no line end.
    """
    try:
        lines = path.read_bytes().decode("utf-8").split("\n")
    except UnicodeDecodeError:
        raise Refusal(f"{path} is not text in UTF-8.") from None
    rows = [line.removesuffix("\r").split("\t") for line in lines]
    if rows[0] != list(COLUMNS):
        raise Refusal(
            f"{path} does not begin with the line id, document, label, with "
            "tabs between them."
        )
    texts, labels = [], []
    for number, row in enumerate(rows[1:], 2):
        if row == [""] and number == len(rows):
            break  # what is behind the last line's end
        if len(row) != len(COLUMNS):
            raise Refusal(
                f"{path}, line {number}: {len(row)} columns instead of "
                f"{len(COLUMNS)}."
            )
        texts.append(row[1])
        labels.append(row[2])
    if not texts:
        raise Refusal(f"{path} has no review.")
    return texts, labels


def from_parquet(path: Path) -> tuple[list[str], list[str]]:
    """Documents and labels of a Parquet file; it takes pyarrow to read it."""
    try:
        # Here, for it is no requirement.
        from pyarrow import ArrowException, parquet  # noqa: PLC0415
    except ImportError:
        raise Refusal(
            f"{path}: reading Parquet takes pyarrow (pip install pyarrow); a "
            ".txt file with tabs does without."
        ) from None
    try:
        table = parquet.read_table(path, columns=list(COLUMNS[1:]))
    except (ArrowException, ValueError):
        raise Refusal(
            f"{path} is no Parquet file with the columns document and label."
        ) from None
    columns: dict[str, list[Any]] = table.to_pydict()
    texts = [text or "" for text in columns["document"]]
    return texts, [str(label) for label in columns["label"]]


def published(name: str, folder: Path, address: str = ADDRESS) -> Path:
    """The path of a published file, downloaded if it is not there yet.

    A download that broke off goes on where it stopped. What arrives is
    checked; anything but the published bytes is refused.
    """
    path, (sha256, size) = folder / name, PUBLISHED[name]
    if not path.exists():
        part = path.with_name(name + ".part")
        folder.mkdir(parents=True, exist_ok=True)
        try:
            download(f"{address}/{name}", part, size)
        except (OSError, urllib.error.URLError) as problem:
            raise Refusal(
                f"{name} could not be downloaded ({problem}); the same "
                "command goes on, or give the files as --files TRAIN TEST."
            ) from None
        found = hashlib.sha256(part.read_bytes()).hexdigest()
        if found != sha256:
            part.unlink()
            raise Refusal(
                f"{address}/{name} is not the published file: its SHA-256 is "
                f"{found}."
            )
        part.replace(path)
    if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        raise Refusal(f"{path} has been changed; delete it to download it.")
    return path


def download(url: str, part: Path, size: int) -> None:
    """Fetch what `part` has not yet of the `size` bytes at the address."""
    done = part.stat().st_size if part.exists() else 0
    if done == size:
        return
    request = urllib.request.Request(url)
    if 0 < done < size:
        request.add_header("Range", f"bytes={done}-")
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:
        goes_on = answer.status == 206  # anything else begins anew
        done = done if goes_on else 0
        with (
            part.open("ab" if goes_on else "wb") as file,
            progress(part.stem, done, size, "bytes") as show,
        ):
            while chunk := answer.read(CHUNK):
                file.write(chunk)
                done += len(chunk)
                show(done)
    if done < size:
        raise OSError(f"{done:,} of {size:,} bytes arrived")
