"""The rules of the paper's search, its tables, and a run on digits."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from paper.bitwidth import published, search, storage, training
from paper.bitwidth.data import load
from paper.bitwidth.formats import FloatFormat, quantize
from paper.bitwidth.rules import RULES, choose, passes
from paper.bitwidth.search_table import correct, report, table
from paper.problem import Refusal


def counts(
    lost: list[int], won: list[int], part: str = "validation"
) -> dict[str, dict[str, list[int]]]:
    return {part: {"lost": lost, "won": won}}


def test_down_stays_above_what_fails() -> None:
    # As W1 truncated: it passes at M = 0 and fails at 1 to 3.
    test = counts([2, 5, 4, 3, 0, 0], [2, 1, 2, 1, 1, 0], "test")
    assert choose(RULES["test"], test) == 4
    assert choose(RULES["test-lowest"], test) == 0


def test_a_tolerance_forgives_one_image_of_chance() -> None:
    validation = counts([9, 4, 0, 1, 0], [0, 2, 0, 0, 0])
    assert choose(RULES["validation-tolerant"], validation) == 1
    assert choose(RULES["validation"], validation) == 4


def test_choices_at_the_ends() -> None:
    nothing = counts([0, 0, 0], [0, 0, 0])
    everything = counts([9, 9, 9], [0, 0, 0], "test")
    assert choose(RULES["validation-tolerant"], nothing) == 0
    assert choose(RULES["test"], everything) == 2
    assert choose(RULES["test-lowest"], everything) == 2


def test_the_tolerance_is_one_standard_error() -> None:
    assert passes(1, 0, tolerant=True)
    assert not passes(2, 0, tolerant=True)
    assert passes(10, 6, tolerant=True)  # 4 of 16 changed
    assert not passes(11, 6, tolerant=True)
    assert passes(5, 5, tolerant=False)
    assert not passes(1, 0, tolerant=False)


def test_the_papers_figures_agree_with_each_other() -> None:
    for bits, reduction in zip(
        published.BITS, published.REDUCTIONS, strict=True
    ):
        assert reduction == 1 - bits / 32
    whole = published.PARAMETERS * 4 / 2**20
    assert whole == pytest.approx(published.MEGABYTES[0], abs=0.005)
    assert whole * (1 - published.REDUCTION) == pytest.approx(
        published.MEGABYTES[1], abs=0.05
    )


@pytest.mark.parametrize("rounding", ["nearest-even", "toward-zero"])
def test_files_hold_what_was_written(tmp_path: Path, rounding: str) -> None:
    rng = np.random.default_rng(0)
    tensors = {
        "W1": rng.standard_normal((3, 3, 1, 8)).astype(np.float32),
        "B4": rng.standard_normal(41).astype(np.float32),
    }
    formats = {
        "W1": FloatFormat(8, 3, "finite"),
        "B4": FloatFormat(8, 0, "finite"),
    }
    small = {
        name: quantize(tensor, formats[name], rounding)  # type: ignore[arg-type]
        for name, tensor in tensors.items()
    }
    sizes = storage.write(tmp_path, small, formats)
    found = storage.read(tmp_path, list(tensors))
    for name, tensor in small.items():
        np.testing.assert_array_equal(found[name], tensor)
        on_disk = (tmp_path / f"{name}.packed").stat().st_size
        values = -(-tensor.size * formats[name].bits // 8)
        assert sizes[name] == on_disk >= values
        assert sizes[name] < values + 64  # the header is small
    assert len(list(tmp_path.iterdir())) == 2


def part(lost: Any, won: Any) -> dict[str, Any]:
    return {
        "images": 100,
        "float32_errors": 5,
        "errors": 5,
        "lost": lost,
        "won": won,
    }


def made_up() -> tuple[list[Any], list[Any]]:
    """Two seeds, one tensor: truncation loses images below M = 4."""
    curves, networks = [], []
    for seed in (0, 1):
        own = []
        for rounding in search.ROUNDINGS:
            worst = 4 if rounding == "toward-zero" else 1
            lost = [12 if m < worst else 0 for m in range(24)]
            for tensor in ("W1", "all"):
                both = part(lost, [0] * 24)
                own.append(
                    {
                        "seed": seed,
                        "work": "/tmp",
                        "rounding": rounding,
                        "tensor": tensor,
                        "validation": both,
                        "test": both,
                    }
                )
        curves += own
        for chosen in search.choices(own):
            m = chosen["widths"]["W1"]
            lost_now = 1 if m < 23 else 0
            networks.append(
                {
                    "seed": seed,
                    "chosen": chosen,
                    "bytes": {"W1": 100 * (9 + m)},
                    "validation": part(lost_now, 0),
                    "test": part(lost_now, 0),
                }
            )
    return curves, networks


def test_tables_of_a_made_up_search() -> None:
    rows = table(*made_up())
    kinds = [row["kind"] for row in rows]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "curve": 8,
        "network": 2 + 2 * 2 * 4 * 2,
        "tensor": 2 * 4,
        "mean": 1 + 2 * 4 * 2,
    }
    assert '"work"' not in json.dumps(rows)
    truncated = [
        row
        for row in rows
        if row["kind"] == "tensor" and row["rounding"] == "toward-zero"
    ]
    for row in truncated:
        assert row["bits"] == [13, 13]
        assert row["reduction"] == pytest.approx(1 - 13 / 32)
        assert row["lost"] == [0, 0]
        judged_blind = row["rule"].startswith("validation")
        assert row["p"] == ([1, 1] if judged_blind else [None, None])
    whole = next(row for row in rows if row["kind"] == "network")
    assert whole["choice"] == "float32"
    assert whole["reduction"] == 0
    mean = rows[-1]
    assert mean["test"]["float32"] == pytest.approx(0.95)
    assert mean["test"]["accuracy"] == pytest.approx(0.94)
    assert mean["test"]["interval"] == pytest.approx((-0.01, -0.01))
    assert "The paper: 10 or 12 bits" in report(rows)


def test_one_family_is_corrected_together() -> None:
    rows: list[dict[str, Any]] = [
        {"p": 0.01},
        {"p": [0.04, 0.03]},
        {"p": [0.005]},
    ]
    correct(rows)
    assert [row["p_holm"] for row in rows] == [
        pytest.approx(0.03),
        pytest.approx([0.06, 0.06]),
        pytest.approx([0.02]),
    ]


def test_other_weights_than_the_tasks_are_refused(tmp_path: Path) -> None:
    training.train(load("digits"), "cnn", 0, tmp_path, epochs=1)
    with pytest.raises(Refusal, match="not those that"):
        search.opened("digits", "cnn", 0, str(tmp_path), "0" * 64)


def test_the_search_runs_and_goes_on_where_it_was(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    training.train(load("digits"), "cnn", 0, tmp_path, epochs=8)
    args = Namespace(
        data="digits",
        network="cnn",
        seeds=1,
        work=tmp_path,
        results=tmp_path / "results",
        scheduler=None,
        test_seeds=None,
    )
    search.run(args)
    path = tmp_path / "results" / "digits" / "search.json"
    rows = json.loads(path.read_text("utf-8"))["rows"]
    networks = [row for row in rows if row["kind"] == "network"]
    assert len(networks) == 1 + 2 * 4 * 2
    folder = tmp_path / "digits-cnn" / "packed"
    tensors = training.trained(load("digits"), "cnn", 0, tmp_path)
    float32_bytes = sum(tensor.nbytes for tensor in tensors.values())
    for row in networks:
        if row["choice"] == "float32":
            assert row["test"]["lost"] == row["test"]["won"] == 0
            assert row["bytes_in_all"] > float32_bytes
            continue
        words = ("seed0", row["choice"], row["rule"], row["rounding"])
        files = list((folder / "-".join(words)).iterdir())
        on_disk = sum(file.stat().st_size for file in files)
        assert row["bytes_in_all"] == on_disk
        bits = sum(t.size * row["bits"][n] for n, t in tensors.items())
        assert 0 < on_disk - bits / 8 < 64 * len(tensors)
    curves = [row for row in rows if row["kind"] == "curve"]
    assert len(curves) == 2 * 8
    for row in curves:  # the largest M is float32 itself
        assert row["test"]["lost"][23] == row["test"]["won"][23] == 0
    assert "per-tensor" in capsys.readouterr().out

    def forbidden(*_: object) -> None:
        raise AssertionError("a finished task was run again")

    monkeypatch.setattr(search, "opened", forbidden)
    before = path.read_text("utf-8")
    search.run(args)
    assert json.loads(before)["rows"] == json.loads(path.read_text())["rows"]


def test_the_test_images_need_not_be_searched() -> None:
    assert search.parts(0, "W1", None) == ["validation", "test"]
    assert search.parts(2, "W1", 2) == ["validation"]
    assert search.parts(2, "all", 0) == ["validation", "test"]
    lost = [3, 0]
    curves = [
        {"rounding": rounding, "tensor": tensor}
        | {"validation": {"lost": lost, "won": [0, 0]}}
        for rounding in search.ROUNDINGS
        for tensor in ("W1", "all")
    ]
    rules = {row["rule"] for row in search.choices(curves)}
    assert rules == {None, "validation", "validation-tolerant"}
