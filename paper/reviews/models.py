"""The networks that are compared, and the baseline without a network.

What a paper's description leaves open (the size of the embedding, the rates
of dropout, the steps of the optimizer) is the same for all three networks.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

NETWORKS = ("cnn", "bilstm", "parallel")
EMBEDDING, DROPOUT = 64, 0.3
LEARNING_RATE = 0.001
CELLS = 64
# The paper's three branches have these cells in each of two layers.
BRANCHES = (32, 64, 128)
# Kim's widths and maps.
WINDOWS, MAPS = (3, 4, 5), 100

HASHES = 2**21
LONGEST_GRAM = 4
# How strongly large weights are punished; the validation part chooses.
ALPHAS = (1e-6, 2e-6, 4e-6, 8e-6)


def build(network: str, symbols: int) -> keras.Model:
    """A new, compiled network for numbers below `symbols`.

    Takes int32 of shape (batch, width), filled up with 0 at the front, and
    returns the logits of the two labels, shape (batch, 2). What it returns
    for a review does not depend on the width.

    "cnn": windows of 3, 4 and 5 symbols with 100 maps each, the maximum of
    each map over the review. Source: Y. Kim, "Convolutional Neural Networks
    for Sentence Classification", EMNLP 2014, pp. 1746-1751; there the
    embedding comes from word2vec, here it is learned.

    "bilstm": one LSTM of 64 cells forwards and one backwards.

    "parallel": three branches side by side, each a stack of two
    bidirectional LSTMs, of 32, 64 and 128 cells; their last outputs are
    joined. Source: Y. Oh, M. Kim, W. Kim, Korea Computer Congress 2018, pp.
    823-825.
    """
    numbers = keras.Input((None,), dtype="int32")
    # LSTMs pass over the padding; a convolution knows no mask.
    embedded = layers.Embedding(
        symbols, EMBEDDING, mask_zero=network != "cnn"
    )(numbers)
    embedded = layers.Dropout(DROPOUT)(embedded)
    last = {"cnn": cnn, "bilstm": bilstm, "parallel": parallel}[network](
        embedded
    )
    logits = layers.Dense(2)(layers.Dropout(DROPOUT)(last))
    model = keras.Model(numbers, logits)
    model.compile(
        optimizer=keras.optimizers.Adam(LEARNING_RATE),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return model


def cnn(embedded: Any) -> Any:
    """The largest value of each map, shape (batch, 300)."""
    maps = [
        layers.Conv1D(MAPS, window, activation="relu")(embedded)
        for window in WINDOWS
    ]
    return layers.Concatenate()(
        [layers.GlobalMaxPooling1D()(m) for m in maps]
    )


def bilstm(embedded: Any) -> Any:
    """The last outputs of both directions, shape (batch, 128)."""
    return layers.Bidirectional(layers.LSTM(CELLS))(embedded)


def parallel(embedded: Any) -> Any:
    """The last outputs of the three branches, shape (batch, 448)."""
    lasts = []
    for cells in BRANCHES:
        lower = layers.Bidirectional(
            layers.LSTM(cells, return_sequences=True)
        )
        upper = layers.Bidirectional(layers.LSTM(cells))
        lasts.append(upper(lower(embedded)))
    return layers.Concatenate()(lasts)


class NGrams:
    """A logistic regression on the pieces of up to four syllables.

    A piece counts once a review, rare pieces count for more (TF-IDF), and
    each has a weight of its own, found by averaged stochastic gradient
    descent. Pieces share 2^21 weights by a hash; a space is a syllable too.
    """

    def __init__(self, alpha: float, seed: int, epochs: int) -> None:
        from sklearn.feature_extraction.text import (  # noqa: PLC0415 (slow)
            HashingVectorizer,
            TfidfTransformer,
        )
        from sklearn.linear_model import SGDClassifier  # noqa: PLC0415 (slow)

        self.count = HashingVectorizer(
            analyzer="char",
            ngram_range=(1, LONGEST_GRAM),
            n_features=HASHES,
            alternate_sign=False,
            norm=None,
            binary=True,
            lowercase=False,
        )
        self.weigh = TfidfTransformer()
        self.classify = SGDClassifier(
            "log_loss",
            alpha=alpha,
            max_iter=epochs,
            tol=None,
            average=True,
            random_state=seed,
        )

    def pieces(self, texts: Any) -> Any:
        """A sparse matrix of shape (texts, 2^21): 1 where a piece occurs."""
        return self.count.transform(texts)

    def fit(self, pieces: Any, labels: NDArray[np.int64]) -> NGrams:
        """Learn the weights of the pieces, and what each is worth."""
        self.classify.fit(self.weigh.fit_transform(pieces), labels)
        return self

    def kind(self, pieces: Any) -> NDArray[np.float64]:
        """The probability that each review is kind, shape (reviews,)."""
        found = self.classify.predict_proba(self.weigh.transform(pieces))
        probabilities: NDArray[np.float64] = found[:, 1]
        return probabilities

    @property
    def parameters(self) -> int:
        """How many weights are not 0, and the bias."""
        return int(np.count_nonzero(self.classify.coef_)) + 1
