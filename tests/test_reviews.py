"""The film reviews: loaders refuse, runs resume, and claims hold."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from paper import results
from paper.problem import Refusal
from paper.reviews import compare, corpus, models, report, training
from paper.reviews.__main__ import main
from paper.reviews.corpus import load, published, read, seen
from paper.reviews.encode import LEAD, WIDTHS, fill, learn, split, width
from paper.reviews.miniature import miniature

ROOT = Path(__file__).parent.parent
GOOD = 'id\tdocument\tlabel\n1\t좋아요\t1\n2\t\t0\n3\t"별로\t0\n'


def task(work: Path, model: str, epochs: int) -> dict[str, Any]:
    data = load("miniature", work)
    return {
        "source": "miniature",
        "files": (),
        "sha256": data.sha256,
        "size": None,
        "model": model,
        "unit": "syllables",
        "seed": 0,
        "epochs": epochs,
        "batch": 32,
        "work": str(work),
    }


def test_units_are_what_they_say() -> None:
    assert split("영화 굿ㅋ", "syllables") == list("영화 굿ㅋ")
    assert split("영화 굿ㅋ", "words") == ["영화", "굿ㅋ"]
    jamo = split("굿ㅋ", "jamo")
    assert [f"{ord(part):x}" for part in jamo] == [
        "1100",
        "116e",
        "11ba",
        "314b",
    ]
    # A text that came decomposed is the same text.
    assert split("".join(split("굿", "jamo")), "syllables") == ["굿"]


def test_a_vocabulary_knows_the_most_frequent() -> None:
    known = learn(["가나가", "나가 다"], "syllables")
    assert known.encode("가나라") == [2, 3, 1]
    assert known.size == 6


def test_widths_are_few_and_leave_a_lead() -> None:
    for longest in range(WIDTHS[-1] - LEAD + 1):
        assert width(longest) in WIDTHS
        assert width(longest) - longest >= LEAD
    assert fill([[7, 8], []], 3).tolist() == [[0, 7, 8], [0, 0, 0]]


def test_an_epoch_is_every_review_but_a_rest() -> None:
    rows = [[2] * (number % 50) for number in range(1_000)]
    met = [which for _, which in training.batches(rows, 32, [0, 0])]
    assert all(len(which) == 32 for which in met)
    assert len(set(np.concatenate(met))) == 1_000 // 32 * 32
    again = [which for _, which in training.batches(rows, 32, [0, 1])]
    assert any((a != b).any() for a, b in zip(met, again, strict=True))


def test_parts_share_no_review_and_are_always_the_same(
    tmp_path: Path,
) -> None:
    data = load("miniature", tmp_path)
    train, validation = training.parts(data, 300)
    assert (len(train.texts), len(validation.texts)) == (270, 30)
    assert training.parts(data, 300)[0].texts == train.texts
    with pytest.raises(Refusal, match="--size must be from 20 to 800"):
        training.parts(data, 801)


def test_probabilities_are_kept_with_their_answer() -> None:
    kind = np.array([0.0, 0.4999999, 0.5, 0.5000001, 1.0])
    kept = training.unpacked(training.packed(kind))
    np.testing.assert_allclose(kept, kind, atol=1 / 65_535)
    assert ((kept >= 0.5) == (kind >= 0.5)).all()


@pytest.mark.parametrize("network", ["cnn", "bilstm"])
def test_an_answer_does_not_depend_on_the_width(network: str) -> None:
    model = models.build(network, symbols=20)
    rows = [[3, 4, 5, 6], [7]]
    wide, narrow = (
        np.asarray(model(fill(rows, width), training=False))
        for width in (12, 9)
    )
    np.testing.assert_allclose(wide, narrow, atol=1e-5)


def test_the_papers_network_is_what_it_describes() -> None:
    model = models.build("parallel", symbols=250)
    cells = [
        layer.forward_layer.units
        for layer in model.layers
        if hasattr(layer, "forward_layer")
    ]
    assert sorted(cells) == [32, 32, 64, 64, 128, 128]

    # A weight a pair of input and gate, one a pair of gates, one a gate.
    def lstm(inputs: int, n: int) -> int:
        return 2 * 4 * (n * (inputs + n) + n)

    expected = 250 * 64 + 2 * 2 * (32 + 64 + 128) + 2
    expected += sum(lstm(64, n) + lstm(2 * n, n) for n in (32, 64, 128))
    assert model.count_params() == expected


def test_the_miniature_has_texts_that_were_met_before(tmp_path: Path) -> None:
    data = load("miniature", tmp_path)
    again = seen(data, data.train)
    assert again.sum() == len(
        [text for text in data.test.texts if text in data.train.texts]
    )
    assert 0 < again.sum() < 20
    assert miniature()[0][0] == data.train.texts


def test_a_killed_run_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    given = task(tmp_path / "whole", "cnn", 6)
    whole = training.run(**given)
    # All 400 were right with each of the seeds 0, 1 and 2.
    assert whole["accuracy"] > 0.9
    script = (
        "import os, signal, sys\n"
        "from paper import checkpoint\n"
        "from paper.reviews import training\n"
        "save = checkpoint.save\n"
        "def once(path, arrays, state):\n"
        "    save(path, arrays, state)\n"
        "    if 'curves' in state:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "checkpoint.save = once\n"
        f"training.run(**{given | {'work': str(tmp_path / 'broken')}!r})"
    )
    broken = subprocess.run(
        [sys.executable, "-c", script],
        check=False,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    if os.name == "posix":
        assert broken.returncode == -signal.SIGKILL
    left = sorted((tmp_path / "broken" / "checkpoints").iterdir())
    assert len(left) == 2
    on = training.run(**given | {"work": str(tmp_path / "broken")})
    assert [epoch["loss"] for epoch in on["curves"]] == pytest.approx(
        [epoch["loss"] for epoch in whole["curves"]], abs=1e-3
    )
    kinds = [training.unpacked(row["probabilities"]) for row in (on, whole)]
    np.testing.assert_allclose(kinds[0], kinds[1], atol=1e-2)

    # The logarithm is concave, so this holds for any two models.
    labels = load("miniature", tmp_path).test.labels
    other = training.run(**task(tmp_path, "ngrams", 12))
    assert other["accuracy"] > 0.9
    kinds[0] = training.unpacked(other["probabilities"])
    losses = [training.scores(kind, labels)["log_loss"] for kind in kinds]
    joined = training.scores(np.mean(kinds, axis=0), labels)["log_loss"]
    assert joined <= np.mean(losses) + 1e-6


def test_a_comparison_is_recorded_and_resumes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [
        *("compare", "--size", "200", "--models", "ngrams"),
        *("--seeds", "2", "--work", str(tmp_path)),
        *("--results", str(tmp_path)),
    ]
    assert main(command) == 0
    before = results.read(tmp_path / "miniature-200.json")
    assert main(command) == 0
    after = results.read(tmp_path / "miniature-200.json")
    assert before["rows"] == after["rows"]
    names = [row["name"] for row in report.kind(after, "model")]
    assert names == ["ngrams", "ngrams#1"]
    lines = (tmp_path / "miniature-200.jsonl").read_text("utf-8")
    assert lines.count("\n") == 2


def test_pairs_are_counted_review_by_review() -> None:
    labels = np.array([1, 1, 1, 0])
    row = compare.compared(
        "a",
        "b",
        np.array([0.9, 0.4, 0.4, 0.1]),
        np.array([0.4, 0.9, 0.9, 0.1]),
        labels,
    )
    assert (row["lost"], row["won"], row["difference"]) == (1, 2, 0.25)


def test_a_file_of_reviews_is_read(tmp_path: Path) -> None:
    path = tmp_path / "good.txt"
    path.write_text(GOOD, "utf-8")
    reviews = read(path)
    assert reviews.texts == ("좋아요", "", '"별로')
    assert reviews.labels.tolist() == [1, 0, 0]
    path.write_bytes(GOOD.replace("\n", "\r\n").encode())
    assert read(path).texts == reviews.texts


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "does not begin with the line id, document, label"),
        ("id,document,label\n", "does not begin with the line"),
        ("id\tdocument\tlabel\n", "has no review"),
        (GOOD + "4\t끝\n", "line 5: 2 columns instead of 3"),
        (GOOD + "4\t끝\t2\n", "labels must be 0 and 1, not 0, 1, 2"),
        (b"id\tdocument\tlabel\n1\t\xff\xfe\t1\n", "is not text in UTF-8"),
    ],
)
def test_a_wrong_file_is_refused(
    text: str | bytes, sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "wrong.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(Refusal, match=sentence):
        read(path)


def test_no_file_no_corpus_no_pyarrow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Refusal, match="There is no file"):
        read(tmp_path / "none.txt")
    with pytest.raises(Refusal, match="neither miniature nor nsmc"):
        load("imdb", tmp_path)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(Refusal, match="takes pyarrow"):
        read(tmp_path / "reviews.parquet")


class Site(BaseHTTPRequestHandler):
    """Serves one file, and breaks off after `breaks` bytes of an answer."""

    content = b"x" * 200_000
    breaks: int | None = None
    asked: list[str | None] = []  # noqa: RUF012 (each test sets its own)

    def do_GET(self) -> None:
        span = self.headers.get("Range")
        self.asked.append(span)
        start = int(span[len("bytes=") : -1]) if span else 0
        self.send_response(206 if span else 200)
        self.send_header("Content-Length", str(len(self.content) - start))
        self.end_headers()
        self.wfile.write(self.content[start:][: self.breaks])

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    digest = hashlib.sha256(Site.content).hexdigest()
    monkeypatch.setattr(
        corpus, "PUBLISHED", {"a.txt": (digest, len(Site.content))}
    )
    monkeypatch.setattr(Site, "asked", [])
    server = HTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_a_download_that_broke_off_goes_on(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Site, "breaks", 70_000)
    with pytest.raises(Refusal, match="the same command goes on"):
        published("a.txt", tmp_path, address)
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt.part"]
    monkeypatch.setattr(Site, "breaks", None)
    path = published("a.txt", tmp_path, address)
    assert path.read_bytes() == Site.content
    assert Site.asked == [None, "bytes=70000-"]
    published("a.txt", tmp_path, address)  # asks nobody
    assert len(Site.asked) == 2
    path.write_bytes(b"changed")
    with pytest.raises(Refusal, match="has been changed"):
        published("a.txt", tmp_path, address)


def test_other_bytes_are_refused(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Site, "content", b"y" * 200_000)
    with pytest.raises(Refusal, match="is not the published file"):
        published("a.txt", tmp_path, address)
    assert list(tmp_path.iterdir()) == []


def test_no_network_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="could not be downloaded"):
        published("ratings_test.txt", tmp_path, "http://127.0.0.1:9")


def test_the_results_are_of_the_corpus_that_the_page_names() -> None:
    for name in (report.ALL, report.PART):
        found = report.read(name)
        assert corpus.KNOWN[found["data"]["sha256"]] == "nsmc-rebuilt"
        data = report.kind(found, "data")[0]
        assert data["judge"] == 50_000
        for row in report.kind(found, "model"):
            assert row["accuracy"] == pytest.approx(row["right"] / 50_000)
            low, high = row["interval"]
            assert low < row["accuracy"] < high
            assert row.get("cut", 0) == 0
        for row in report.kind(found, "ensemble"):
            one, two = row["name"].split(" + ")
            losses = [
                other["log_loss"]
                for other in report.kind(found, "model")
                if other["name"] in (one, two)
            ]
            assert row["log_loss"] <= np.mean(losses) + 1e-4
