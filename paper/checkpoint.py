"""Weights in files: all that the next epoch depends on, and the best so far.

A file is there whole or not at all, also if the machine stops.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from paper.problem import Refusal

if TYPE_CHECKING:  # the study that asks has chosen Keras' backend, not we
    import keras

State = Mapping[str, Any]
Curves = list[dict[str, float]]


def save(
    path: Path, arrays: Mapping[str, NDArray[Any]], state: State
) -> None:
    """Write arrays and what JSON can keep beside them, through to the disk.

    `np.load` finds the latter as the text of "state".
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    with open(new, "wb") as file:
        np.savez(file, state=np.array(json.dumps(state)), **arrays)  # type: ignore[arg-type]
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def save_epoch(
    model: keras.Model, path: Path, settings: State, curves: Curves
) -> None:
    """Keep weights, optimizer and dropout's seeds as they are after it."""
    arrays = {
        str(number): variable.numpy()
        for number, variable in enumerate(variables(model))
    }
    save(path, arrays, {"settings": settings, "curves": curves})


def resume(model: keras.Model, path: Path, settings: State) -> Curves:
    """Set the model to a checkpoint; returns the curves until there.

    Nothing happens where there is none. Raises `Refusal` for one of other
    settings.
    """
    if not path.exists():
        return []
    with np.load(path) as file:
        state = json.loads(str(file["state"]))
        if state["settings"] != settings:
            raise Refusal(
                f"{path} was trained with other settings; delete it "
                "or give another --work."
            )
        for number, variable in enumerate(variables(model)):
            variable.assign(file[str(number)])
    curves: Curves = state["curves"]
    return curves


def variables(model: keras.Model) -> list[Any]:
    """All that the next step depends on: weights, dropout's seeds, Adam."""
    return [*model.variables, *model.optimizer.variables]


def save_weights(model: keras.Model, path: Path, settings: State) -> None:
    """Keep the weights alone, as those of the best epoch until now."""
    arrays = {str(i): w for i, w in enumerate(model.get_weights())}
    save(path, arrays, {"settings": settings})


def set_weights(model: keras.Model, path: Path) -> None:
    """Set the model to the weights that `save_weights` kept."""
    with np.load(path) as file:
        count = len(model.get_weights())
        model.set_weights([file[str(number)] for number in range(count)])
