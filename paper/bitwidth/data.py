"""The images that the study trains on, chooses by, and judges with."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from paper.problem import Refusal

ARRAYS = ("x_train", "y_train", "x_test", "y_test")
# The SHA-256 of the four arrays, by which a file is known to be what its
# name says, however it was compressed.
KNOWN = {
    "1e35582d42a90940c55b956deb61875c020b567ed20e3c5b174f52bf7809ed9b": (
        "mnist"
    ),
}


@dataclass(frozen=True)
class Data:
    """Labelled images in three parts that share none.

    Images are float32 of shape (n, height, width, 1) in [0, 1]; labels are
    int64 of shape (n,), from 0 to 9.
    """

    name: str
    sha256: str
    "Of the source's four arrays, before they are split."
    x_train: NDArray[np.float32]
    y_train: NDArray[np.int64]
    x_validation: NDArray[np.float32]
    y_validation: NDArray[np.int64]
    x_test: NDArray[np.float32]
    y_test: NDArray[np.int64]


def load(source: str) -> Data:
    """The images named "digits", "mnist" or "fashion", or of an .npz file.

    "digits" are scikit-learn's 1,797 digits of 8x8 pixels, which need no
    network: 1,197 to train, 300 to choose by, 300 to judge with. The others
    have 60,000 images of 28x28 to train and 10,000 to judge with; the first
    5,000 of the 60,000 are kept to choose by, as the loader of the course
    did. "mnist" and "fashion" are downloaded once by `keras.datasets`; a
    file must hold the same four arrays.

    Raises `Refusal` if there is no such file, if it holds something else, or
    if the download fails.
    """
    if source == "digits":
        return digits()
    arrays = from_file(source) if Path(source).suffix else download(source)
    digest = checksum(arrays)
    name = source
    if Path(source).suffix:
        name = KNOWN.get(digest, Path(source).stem)
    return split(name, digest, arrays, validation=5_000)


def digits() -> Data:
    """scikit-learn's digits, in an order that is always the same."""
    from sklearn.datasets import load_digits  # noqa: PLC0415 (slow, rare)

    images, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(images))
    # 16 is their brightest pixel; 255 is that of the other sets.
    images = np.rint(images[order] * (255 / 16)).astype(np.uint8)
    images, labels = images.reshape(-1, 8, 8), labels[order]
    arrays = {
        "x_train": images[300:],
        "y_train": labels[300:],
        "x_test": images[:300],
        "y_test": labels[:300],
    }
    return split("digits", checksum(arrays), arrays, validation=300)


def from_file(path: str) -> dict[str, NDArray[np.generic]]:
    """The four arrays of an .npz file."""
    try:
        with np.load(path) as file:
            arrays = {name: file[name] for name in ARRAYS}
    except FileNotFoundError:
        raise Refusal(f"There is no file {path}.") from None
    except (ValueError, KeyError, OSError, EOFError) as problem:
        raise Refusal(
            f"{path} is not an .npz file with the arrays "
            f"{', '.join(ARRAYS)}: {problem}."
        ) from None
    for part in ("train", "test"):
        images, labels = arrays[f"x_{part}"], arrays[f"y_{part}"]
        if images.ndim != 3 or images.dtype != np.uint8:
            raise Refusal(
                f"{path}: x_{part} is {images.dtype} of shape "
                f"{images.shape}, not uint8 of (n, height, width)."
            )
        fits = labels.shape == images.shape[:1]
        if not fits or set(np.unique(labels)) - set(range(10)):
            raise Refusal(
                f"{path}: y_{part} is not one label from 0 to 9 an image."
            )
    if len(arrays["x_train"]) <= 5_000:
        raise Refusal(f"{path} has 5,000 images to train or fewer.")
    return arrays


def download(name: str) -> dict[str, NDArray[np.generic]]:
    """The four arrays of a set that Keras knows."""
    import keras  # noqa: PLC0415 (slow, and digits need none of it)

    sets = {
        "mnist": keras.datasets.mnist,
        "fashion": keras.datasets.fashion_mnist,
    }
    if name not in sets:
        raise Refusal(
            f"{name} is neither digits, mnist, fashion nor an .npz file."
        )
    try:
        train, test = sets[name].load_data()
    except Exception as problem:  # what urllib raises has no common class
        raise Refusal(
            f"{name} could not be downloaded ({problem}); give its .npz file "
            "as --data FILE.npz."
        ) from None
    return dict(zip(ARRAYS, (*train, *test), strict=True))


def checksum(arrays: dict[str, NDArray[np.generic]]) -> str:
    """The SHA-256 of the arrays' values, images as uint8, labels as int64."""
    digest = hashlib.sha256()
    for name in ARRAYS:
        kind = np.uint8 if name.startswith("x") else np.dtype("<i8")
        digest.update(np.ascontiguousarray(arrays[name], kind).tobytes())
    return digest.hexdigest()


def split(
    name: str,
    digest: str,
    arrays: dict[str, NDArray[np.generic]],
    validation: int,
) -> Data:
    """Keep the first `validation` training images to choose by."""
    images = {
        part: arrays[f"x_{part}"][..., None].astype(np.float32)
        / np.float32(255)
        for part in ("train", "test")
    }
    labels = {
        part: arrays[f"y_{part}"].astype(np.int64)
        for part in ("train", "test")
    }
    return Data(
        name,
        digest,
        x_train=images["train"][validation:],
        y_train=labels["train"][validation:],
        x_validation=images["train"][:validation],
        y_validation=labels["train"][:validation],
        x_test=images["test"],
        y_test=labels["test"],
    )
