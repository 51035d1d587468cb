"""Faces are drawn, dealt and judged as said; FER2013's file is checked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from paper import results
from paper.expressions import __main__ as command
from paper.expressions import miniature, report, splits, training
from paper.expressions.faces import EXPRESSIONS, SIDE, album, draw, person
from paper.expressions.fer2013 import load, repeated
from paper.problem import Refusal

ROOT = Path(__file__).parent.parent
HEAD = "emotion,pixels,Usage"
PIXELS = " ".join(["7"] * 48**2)


def test_person_and_expression_are_separate() -> None:
    rng = np.random.default_rng(0)
    one, other = person(rng), person(rng)
    neutral, happy = list(EXPRESSIONS).index("neutral"), 1
    plain = {"rng": rng, "noise": 0.0}
    face = draw(one, neutral, **plain)  # type: ignore[arg-type]
    smile = draw(one, happy, **plain)  # type: ignore[arg-type]
    somebody = draw(other, neutral, **plain)  # type: ignore[arg-type]
    assert face.shape == (SIDE, SIDE)
    # A smile moves the lower half of the face, another person all of it.
    assert np.abs(smile - face)[SIDE // 2 :].max() > 0.2
    assert np.abs(smile - face)[: SIDE // 4].max() == 0
    assert np.abs(somebody - face).sum() > np.abs(smile - face).sum()
    twins = [person(rng, unlike=0) for _ in range(2)]
    np.testing.assert_array_equal(
        draw(twins[0], happy, **plain),  # type: ignore[arg-type]
        draw(twins[1], happy, **plain),  # type: ignore[arg-type]
    )


def test_a_split_deals_pictures_or_people() -> None:
    faces = album(np.random.default_rng(0), people=8, each=2)
    for how, apart in (("random", False), ("unseen", True)):
        train, test = splits.split(faces, how, seed=0)
        both = np.concatenate([train, test])
        assert sorted(both) == list(range(len(faces.images)))
        shared = set(faces.people[train]) & set(faces.people[test])
        assert (not shared) is apart


def test_the_nearest_face_of_a_copy_is_the_original() -> None:
    faces = album(np.random.default_rng(0), people=3, each=1)
    every = np.arange(len(faces.images))
    assert splits.nearest(faces, every, every) == {"nearest": 1, "same": 1}
    one, others = every[:7], every[7:]
    assert splits.nearest(faces, others, one)["same"] == 0


def test_a_small_run_is_recorded_and_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (
        ("PEOPLE", 4),
        ("EACH", 2),
        ("EPOCHS", 1),
        ("SHARES", ((2, 4), (4, 2), (8, 1))),
        ("check", lambda found: None),
    ):
        monkeypatch.setattr(miniature, name, value)
    rows = miniature.run(1, tmp_path, tmp_path)
    assert [row["what"] for row in rows] == ["split"] * 2 + ["share"] * 3
    assert rows[0]["unseen_met"] == 0
    assert rows[0]["unseen_same"] == 0
    kept = results.read(tmp_path / "drawn-1.json")
    assert len(kept["rows"]) == len(rows)
    assert len(kept["rows"][0]["sha256"]) == 64

    def never(*args: object) -> None:
        raise AssertionError("a finished task ran again")

    monkeypatch.setattr(splits, "album", never)
    assert miniature.run(1, tmp_path, tmp_path) == rows


def test_what_is_recorded_holds() -> None:
    kept = results.read(report.RESULTS)
    found = miniature.means(kept["rows"])
    miniature.check(found)
    found["unseen, nearest"] = found["random, nearest"]
    with pytest.raises(Refusal, match="does not hold"):
        miniature.check(found)


def table(path: Path, *lines: str) -> Path:
    path.write_text("\n".join([HEAD, *lines, ""]), "utf-8")
    return path


def made_up(path: Path, training: int = 40) -> Path:
    """A file as FER2013's, of random pictures."""
    rng = np.random.default_rng(0)
    parts = ["Training"] * training + ["PublicTest"] * 8 + ["PrivateTest"] * 8
    pictures = rng.integers(256, size=(len(parts), 48**2))
    pictures[-1] = pictures[0]  # judged by a picture that was learned
    return table(
        path,
        *(
            f"{number % 7},{' '.join(map(str, picture))},{part}"
            for number, (part, picture) in enumerate(
                zip(parts, pictures, strict=True)
            )
        ),
    )


def test_the_file_is_read(tmp_path: Path) -> None:
    data = load(made_up(tmp_path / "fer.csv"))
    assert data.name == "fer"
    assert data.training.images.shape == (40, 48, 48)
    assert data.training.images.dtype == np.uint8
    assert list(data.public.labels[:3]) == [5, 6, 0]
    again = repeated(data.private, data.training)
    assert list(again) == [False] * 7 + [True]


def test_the_columns_may_stand_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "icml_face_data.csv"
    lines = [
        f"3, {part},{PIXELS}"
        for part in ("Training", "PublicTest", "PrivateTest")
    ]
    path.write_text("\r\n".join(["emotion, Usage, pixels", *lines]), "utf-8")
    assert load(path).private.labels == [3]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (f"7,{PIXELS},Training", "line 3: emotion is '7' instead of 0 to 6"),
        (f"sad,{PIXELS},Training", "line 3: emotion is 'sad'"),
        (f"0,{PIXELS} 7,Training", "line 3: 2,305 pixels instead of 48 x 48"),
        ("0,,Training", "line 3: 0 pixels"),
        (f"0,{PIXELS[:-1]}256,Training", "line 3: pixels are not all whole"),
        (f"0,{PIXELS[:-1]}x,Training", "line 3: pixels are not all whole"),
        (f"0,{PIXELS},Test", "line 3: Usage is 'Test' instead of one of"),
        (f"0,{PIXELS}", "line 3: 2 fields instead of 3"),
        ("", "no picture whose Usage is PublicTest"),
        (f"0,{PIXELS},Training", "no picture whose Usage is PublicTest"),
    ],
)
def test_a_wrong_line_is_named(line: str, says: str, tmp_path: Path) -> None:
    good = f"0,{PIXELS},Training"
    path = table(tmp_path / "wrong.csv", good, line, good)
    with pytest.raises(Refusal, match=says) as problem:
        load(path)
    assert str(problem.value).count("\n") == 0


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "line 0: there is no column emotion, but nothing"),
        (b"label,pixels,Usage\n", "line 1: there is no column emotion, but"),
        (b"\xff\xd8\xff\xe0", "is no CSV file: it is not text"),
        (b'emotion,pixels,Usage\n"' + b"a" * (1 << 21), "line 2: .* no CSV"),
    ],
)
def test_another_file_is_refused(
    content: bytes, says: str, tmp_path: Path
) -> None:
    path = tmp_path / "other.csv"
    path.write_bytes(content)
    with pytest.raises(Refusal, match=says):
        load(path)
    with pytest.raises(Refusal, match="cannot be read"):
        load(tmp_path / "none.csv")


def test_a_wrong_file_is_one_sentence_and_exit_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = table(tmp_path / "wrong.csv", f"9,{PIXELS},Training")
    paths = ["--work", str(tmp_path), "--results", str(tmp_path)]
    assert command.main(["--fer2013", str(path), *paths]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (
        f"{path}, line 2: emotion is '9' instead of 0 to 6.\n"
    )
    assert [file.name for file in tmp_path.iterdir()] == ["wrong.csv"]


def test_a_killed_training_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = made_up(tmp_path / "fer.csv")
    script = (
        "import os, signal, sys\n"
        "from paper import checkpoint\n"
        "from paper.expressions import __main__\n"
        "save = checkpoint.save\n"
        "def once(path, *rest):\n"
        "    save(path, *rest)\n"
        "    if 'checkpoint' in path.name:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "checkpoint.save = once\n"
        "__main__.main(sys.argv[1:])\n"
    )
    asked = ["--fer2013", str(path), "--epochs", "2"]
    asked += ["--work", str(tmp_path), "--results", str(tmp_path)]
    broken = subprocess.run(
        [sys.executable, "-c", script, *asked],
        check=False,
        cwd=ROOT,
        capture_output=True,
    )
    if os.name == "posix":
        assert broken.returncode == -signal.SIGKILL, broken.stderr
    assert not (tmp_path / "fer2013.json").exists()
    assert command.main(asked) == 0
    said = capsys.readouterr().out
    assert "epoch 1 of 2" not in said
    assert "epoch 2 of 2" in said
    kept = results.read(tmp_path / "fer2013.json")
    data, common, nearest, network = kept["rows"]
    assert data["private_in_training"] == 1
    assert common["judged"] == nearest["judged"] == network["judged"] == 8
    whole = load(path)
    curves, answers, _ = training.network(whole, 0, 2, tmp_path / "whole")
    assert [epoch["loss"] for epoch in curves] == pytest.approx(
        [epoch["loss"] for epoch in network["curves"]], abs=1e-3
    )
    right = (answers == whole.private.labels).sum()
    assert right == network["right"]
