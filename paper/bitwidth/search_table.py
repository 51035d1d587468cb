"""The rows of search.json, and the tables that the command prints.

The rows are told apart by their "kind":

- "curve": for a seed, a rounding and a tensor (or all), the images lost and
  won at each M;
- "network": for a seed, a rounding, a rule and a choice, the bits and bytes
  of each tensor, and how the whole network compares with float32; the first
  of each seed is float32 itself;
- "tensor": for a rounding, a rule and a tensor, its bits and bytes, and how
  the network compares with float32 when this tensor alone is shortened; its
  lists have one entry a seed, `None` where the test images were not run;
- "mean": for a rounding, a rule and a choice, means over the seeds.

A p value is McNemar's, of one seed. Where a rule chose on the test images it
would test nothing, and there is none. `p_holm` is corrected for the other
comparisons of the same rule: for networks those of both roundings, both
choices and all seeds; for tensors those of both roundings, all tensors and
all seeds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from paper.bitwidth import published, statistics
from paper.bitwidth.rules import BLIND, RULES

Row = dict[str, Any]

ALL = "all"  # a curve's tensor where all tensors get the same format
SIGN_AND_EXPONENT = 9  # bits


def table(curves: Sequence[Row], judged: Sequence[Row]) -> list[Row]:
    """All rows, from what `curve` and `packed` of the search returned."""
    whole = {
        row["seed"]: sum(row["bytes"].values())
        for row in judged
        if row["chosen"]["choice"] == "float32"
    }
    networks = [network_row(row, whole[row["seed"]]) for row in judged]
    tensors = tensor_rows(curves, networks)
    for rule in BLIND:
        correct([row for row in networks if row["rule"] == rule])
        correct([row for row in tensors if row["rule"] == rule])
    return [
        *(curve_row(row) for row in curves),
        *networks,
        *tensors,
        *mean_rows(networks),
    ]


def curve_row(row: Row) -> Row:
    """A curve, without where it was computed."""
    kept = ("seed", "rounding", "tensor", "validation", "test")
    return {"kind": "curve"} | {
        name: row[name] for name in kept if name in row
    }


def network_row(row: Row, whole: int) -> Row:
    """A judged network; `whole` are the bytes of float32's files."""
    chosen, test = row["chosen"], row["test"]
    lost, won, images = test["lost"], test["won"], test["images"]
    size = sum(row["bytes"].values())
    widths = chosen["widths"]
    return {
        "kind": "network",
        "seed": row["seed"],
        "rounding": chosen["rounding"],
        "rule": chosen["rule"],
        "choice": chosen["choice"],
        "bits": {name: SIGN_AND_EXPONENT + m for name, m in widths.items()},
        "bytes": row["bytes"],
        "bytes_in_all": size,
        "reduction": 1 - size / whole,
        "validation": row["validation"],
        "test": test,
        "difference": (won - lost) / images,
        "interval": statistics.difference_interval(lost, won, images),
        "p": p_value(chosen["rule"], lost, won),
        "p_holm": None,
    }


def p_value(
    rule: str | None, lost: int | None, won: int | None
) -> float | None:
    """McNemar's p value, where the test images had no say before."""
    if rule not in BLIND or lost is None or won is None:
        return None
    return statistics.mcnemar(lost, won)


def tensor_rows(curves: Sequence[Row], networks: Sequence[Row]) -> list[Row]:
    """The table of tensors, for each rounding and rule."""
    before = [row for row in networks if row["choice"] == "float32"]
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in networks:
        if row["choice"] == "per-tensor":
            key = (row["rounding"], row["rule"])
            groups.setdefault(key, []).append(row)
    counts = {
        (row["seed"], row["rounding"], row["tensor"]): row.get("test")
        for row in curves
    }
    rows = []
    for (rounding, rule), chosen in groups.items():
        for tensor in chosen[0]["bits"]:
            bits = [row["bits"][tensor] for row in chosen]
            found = [counts[row["seed"], rounding, tensor] for row in chosen]
            pairs = list(zip(found, bits, strict=True))
            lost, won = (
                [own and own[name][b - SIGN_AND_EXPONENT] for own, b in pairs]
                for name in ("lost", "won")
            )
            sizes = [row["bytes"][tensor] for row in chosen]
            whole = [row["bytes"][tensor] for row in before]
            row = {
                "kind": "tensor",
                "rounding": rounding,
                "rule": rule,
                "tensor": tensor,
                "bits": bits,
                "bytes": sizes,
                "bytes_float32": whole[0],
                "reduction": 1 - sum(sizes) / sum(whole),
                "lost": lost,
                "won": won,
                "p": [
                    p_value(rule, *pair)
                    for pair in zip(lost, won, strict=True)
                ],
                "p_holm": [None] * len(chosen),
            }
            rows.append(row)
    return rows


def correct(rows: Sequence[Row]) -> None:
    """Set `p_holm` for all p values of these rows, as one family."""
    lists = [p if isinstance(p, list) else [p] for p in column(rows, "p")]
    known = [p for some in lists for p in some if p is not None]
    corrected = iter(statistics.holm(known))
    for row, some in zip(rows, lists, strict=True):
        values = [None if p is None else next(corrected) for p in some]
        row["p_holm"] = values if isinstance(row["p"], list) else values[0]


def column(rows: Sequence[Row], name: str) -> list[Any]:
    """One value of each row."""
    return [row[name] for row in rows]


def mean_rows(networks: Sequence[Row]) -> list[Row]:
    """Means over the seeds, with Student's intervals of the differences."""
    groups: dict[tuple[str, str | None, str], list[Row]] = {}
    for row in networks:
        key = (row["rounding"], row["rule"], row["choice"])
        groups.setdefault(key, []).append(row)
    return [
        {
            "kind": "mean",
            "rounding": rounding,
            "rule": rule,
            "choice": choice,
            "seeds": len(rows),
            "bytes_in_all": float(np.mean(column(rows, "bytes_in_all"))),
            "reduction": float(np.mean(column(rows, "reduction"))),
            "validation": mean(column(rows, "validation")),
            "test": mean(column(rows, "test")),
        }
        for (rounding, rule, choice), rows in groups.items()
    ]


def mean(counts: Sequence[Row]) -> Row:
    """Mean accuracies on one part of the data, and float32's there."""
    changes = [(own["won"] - own["lost"]) / own["images"] for own in counts]
    before = [1 - own["float32_errors"] / own["images"] for own in counts]
    several = len(counts) > 1
    return {
        "float32": float(np.mean(before)),
        "accuracy": float(np.mean(before) + np.mean(changes)),
        "difference": float(np.mean(changes)),
        "interval": statistics.mean_interval(changes) if several else None,
    }


def report(rows: Sequence[Row]) -> str:
    """The tables for a terminal, with the paper's figures below."""
    lines = []
    for rounding in ("nearest-even", "toward-zero"):
        for rule in RULES:
            own = [
                row
                for row in rows
                if row["kind"] in ("tensor", "mean")
                and (row["rounding"], row["rule"]) == (rounding, rule)
            ]
            lines.append(f"{rounding}, {rule}: bits of each seed")
            for row in own:
                size = f"{100 * row['reduction']:5.1f} % less memory"
                if row["kind"] == "tensor":
                    bits = " ".join(f"{b:2}" for b in row["bits"])
                    lines.append(f"  {row['tensor']}  {bits}  {size}")
                else:
                    test = row["test"]
                    lines.append(
                        f"  {row['choice']}: {row['bytes_in_all']:,.0f} B, "
                        f"{size}, test accuracy {100 * test['accuracy']:.2f}"
                        f" % ({100 * test['difference']:+.2f})"
                    )
            lines.append("")
    fewer, more = published.BITS
    lines.append(
        f"The paper: {fewer} or {more} bits a tensor, about "
        f"{100 * published.REDUCTION:.0f} % less memory in all."
    )
    return "\n".join(lines)
