"""A few bits of the mantissa carry a network, better rounded than cut off."""

import os

os.environ["KERAS_BACKEND"] = "jax"
import keras
import matplotlib.pyplot as plt
import ml_dtypes
import numpy as np
from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D
from sklearn.datasets import load_digits

num_seeds = 8
kept = [0, 1, 2, 3, 4, 5, 7, 10]  # of the mantissa's 23 bits
images, labels = load_digits(return_X_y=True)
images = images.reshape(-1, 8, 8, 1) / 16


def cut(w, M):
    """Keep M bits of each mantissa and set the others to 0."""
    bits = w.view(np.uint32) & (2**32 - 2 ** (23 - M))
    return bits.view(np.float32)


def rounded(w, M):
    """The nearest number with M bits; of two as near, the even one."""
    dropped = 23 - M
    bits = w.view(np.uint32)
    odd = bits >> dropped & 1
    # Half of the last bit kept, then the cut. If the mantissa overflows,
    # the carry makes the exponent one larger, as it should.
    bits = bits + 2 ** (dropped - 1) - 1 + odd
    return cut(bits.view(np.float32), M)


def rescaled(w, M):
    """Cut, and times one factor that gives the tensor its size back."""
    return cut(w, M) * (np.abs(w).mean() / np.abs(cut(w, M)).mean())


# The group's layers, with fewer filters and units; `initial` draws weights.
zeros = {"kernel_initializer": "zeros"}
conv = {"padding": "same", "activation": "relu", "use_bias": False, **zeros}
layers = [keras.Input((8, 8, 1))]
for filters in [8, 16, 32]:
    layers += [Conv2D(filters, 3, **conv), MaxPooling2D(2)]
layers += [Flatten(), Dense(40, "relu", **zeros)]
layers += [Dense(10, "softmax", **zeros)]
model = keras.Sequential(layers)
model.compile(keras.optimizers.Adam(0.005), "sparse_categorical_crossentropy")


def initial(w):
    """He's random start for weights; large biases, like the group's."""
    scale = (2 / np.prod(w.shape[:-1])) ** 0.5 if w.ndim > 1 else 1
    return np.random.normal(0, scale, w.shape)


def train(seed):
    """Seven tensors of trained weights and biases, and the test digits."""
    keras.utils.set_random_seed(seed)
    model.set_weights([initial(w) for w in model.get_weights()])
    for variable in model.optimizer.variables:
        if variable.name != "learning_rate":
            variable.assign(np.zeros(variable.shape))
    rows = np.random.permutation(len(images))
    X, y = images[rows], labels[rows]
    model.fit(X[:1000], y[:1000], batch_size=50, epochs=15, verbose=0)
    return model.get_weights(), X[1000:], y[1000:]


def run(seed):
    """Accuracy in float32, then by way and M; and all numbers in a row."""
    tensors, X, y = train(seed)

    def accuracy(change, M):
        model.set_weights([change(w, M) for w in tensors])
        return np.mean(np.argmax(model.predict_on_batch(X), axis=1) == y)

    full = accuracy(lambda w, M: w, 23)
    scores = [[accuracy(way, M) for M in kept] for way in ways]
    return full, scores, np.concatenate([w.ravel() for w in tensors])


ways = [rounded, cut, rescaled]
full, scores, w = map(np.array, zip(*map(run, range(num_seeds)), strict=True))
mean = scores.mean(axis=0)
print(f"float32: accuracy {full.mean():.2f}, numbers {w[0].size}")
for way, row in zip(ways, mean, strict=True):
    few = ", ".join(f"M = {M} {row[M]:.2f}" for M in [4, 3, 2, 1, 0])
    print(f"{way.__name__}: {few}")
left = [np.abs(way(w, 0)).sum() / np.abs(w).sum() for way in ways[:2]]
print("size left with M = 0: rounded {:.2f}, cut {:.2f}".format(*left))
# Each number is in [2**(e - 1), 2**e). How many in the 16 largest of these?
_, e = np.frexp(w)
common = np.mean(e > e.max() - 16)
print(f"16 of 254 exponents: share of the numbers {common:.2f}")

_, (top, ax) = plt.subplots(2, sharex=True, height_ratios=[1, 7])
top.bar(np.arange(32) + 0.5, 1, 0.9, color=["C5"] * 12 + ["0.9"] * 20)
for i, bit in enumerate(f"{np.float32(0.1).view(np.uint32):032b}"):
    top.text(i + 0.5, 0.45, bit, ha="center", va="center", fontsize=9)
for i, name in [(0.5, "±"), (5, "exponent"), (20.5, "mantissa")]:
    top.text(i, 1.2, name, ha="center")
top.set_axis_off()
x = 1 + 8 + np.array([*kept, 23])
for i, style in enumerate(["o-", "s--", "^:"]):
    runs = np.column_stack([scores[:, i], full])
    y = runs.mean(axis=0)
    spread = y - runs.min(axis=0), runs.max(axis=0) - y
    ax.errorbar(x + 0.2 * (i - 1), y, spread, fmt=style, elinewidth=0.8)
for i, (way, y) in enumerate(zip(ways, [0.94, 0.76, 0.87], strict=True)):
    ax.text(8.3, y, way.__name__, color=f"C{i}", ha="right")
ax.axvline(12, color="gray", linestyle=":")
ax.text(12.5, 0.83, "12 bits do as well as 32")
ax.set(xlim=(0, 32.3), xticks=[0, 9, 12, 16, 24, 32])
ax.set(xlabel="bits kept", title="test accuracy (higher is better)")

# Rounded to 7 bits, a number is a bfloat16, bit for bit.
assert np.array_equal(rounded(w, 7), w.astype(ml_dtypes.bfloat16))
# Three bits do. Worst of 10 times 8 seeds: 0.004.
assert (full.mean() - mean[:, 3:]).max() < 0.01
# None do not: one bit, though cut, beats rounding to none. Worst: 0.021.
assert min(full.mean(), mean[1, 1]) - mean[0, 0] > 0.005
# Cut to none, they do far worse; one factor a tensor mends it. Worst: 0.07.
assert min(mean[0, 0], mean[2, 0]) - mean[1, 0] > 0.03
# For the cut shrinks the numbers. Worst: 0.24.
assert left[0] - left[1] > 0.2 and common > 0.99
plt.show()
