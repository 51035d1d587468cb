"""See all that has to be told apart, and with stacked filters, more."""

import os

os.environ["KERAS_BACKEND"] = "jax"
import keras
import matplotlib.pyplot as plt
import numpy as np
from keras.layers import Conv2D, Dense, GlobalMaxPooling2D

num_seeds = 5
num_train = 1500
num_test = 500
num_channels = 8
size = 18  # of the square images, in pixels
distance = 6  # between the two dots, right and down; 8 in the other class
networks = {
    "one 5×5": [5],
    "one 7×7": [7],
    "three 3×3": [3, 3, 3],
    "five 3×3": [3, 3, 3, 3, 3],
}


def receptive_field(kernels):
    """How many pixels in a row one output sees; all strides are 1."""
    return 1 + sum(k - 1 for k in kernels)


def path_share(kernels):
    """Of all paths from pixels to one output, those from a dot's pixel."""
    paths = np.ones(1)
    for k in kernels:
        paths = np.convolve(paths, np.ones(k))
    # The dots are seen best when both are equally far from the centre.
    dot = (len(paths) - 1 - distance) // 2
    return (paths[dot] / paths.sum()) ** 2 if dot >= 0 else 0


def build(kernels):
    """Convolutions, then each channel's largest value, then a sigmoid."""
    options = {"activation": "relu", "kernel_initializer": "zeros"}
    convs = [Conv2D(num_channels, k, **options) for k in kernels]
    dense = Dense(1, activation="sigmoid", kernel_initializer="zeros")
    inputs = keras.Input((size, size, 1))
    return keras.Sequential([inputs, *convs, GlobalMaxPooling2D(), dense])


# As one model they compile once. They share batches, but no weights.
parts = [build(kernels) for kernels in networks.values()]
inputs = keras.Input((size, size, 1))
model = keras.Model(inputs, [part(inputs) for part in parts])
model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")


def initial(w):
    """He's random start for all weights, zeros for biases."""
    scale = (2 / np.prod(w.shape[:-1])) ** 0.5 if w.ndim > 1 else 0
    return np.random.normal(0, scale, w.shape)


def draw(y, noise=0.1):
    """Two dots, `distance` apart where y is 1, else two pixels further."""
    n = np.arange(len(y))
    X = np.random.normal(0, noise, (len(y), size, size, 1))
    half = np.where(y == 1, distance, distance + 2) // 2
    # The middle of the two. No dot is nearer to an edge than 4 pixels.
    i, j = np.random.randint(8, size - 8, (2, len(y)))
    X[n, i - half, j - half] += 1
    X[n, i + half, j + half] += 1
    return X


def run(seed):
    """The accuracy of every network on new images."""
    keras.utils.set_random_seed(seed)
    model.set_weights([initial(w) for w in model.get_weights()])
    for variable in model.optimizer.variables:
        if variable.name != "learning_rate":
            variable.assign(np.zeros(variable.shape))
    y = np.random.randint(2, size=num_train)
    # One epoch, so no image comes twice and there is nothing to memorise.
    model.fit(draw(y), [y] * len(parts), batch_size=10, verbose=0)
    y = np.random.randint(2, size=num_test)
    y_hat = np.squeeze(model.predict_on_batch(draw(y)), axis=2)
    return np.mean((y_hat > 0.5) == y, axis=1)


accuracy = np.array([run(seed) for seed in range(num_seeds)])

fig, ax = plt.subplots(figsize=(4.8, 3.2))
labels = []
for i, (name, kernels) in enumerate(networks.items()):
    sees = receptive_field(kernels)
    share = path_share(kernels)
    paths = f"paths 1/{1 / share:.0f}" if share else "paths none"
    sizes = f"sees {sees}, weights {parts[i].count_params()}, {paths}"
    runs = accuracy[:, i]
    spread = f"from {runs.min():.2f} to {runs.max():.2f}"
    print(f"{name}: {sizes}, accuracy {runs.mean():.2f}, {spread}")
    x = i + np.linspace(-0.2, 0.2, num_seeds)
    stack = len(kernels) > 1
    ax.plot(x, runs, "o" if stack else "s", color=f"C{int(stack)}")
    ax.plot([i - 0.3, i + 0.3], [runs.mean()] * 2, color=f"C{int(stack)}")
    labels.append(f"{name}\nsees {sees}")
ax.axhline(0.5, color="gray", linestyle=":")
ax.text(3.45, 0.51, "guessing", ha="right", va="bottom")
ax.axvline(0.5, color="gray", linestyle="--")
ax.text(0.4, 1.05, "too small", ha="right")
ax.text(0.6, 1.05, "wide enough: the task needs 7")
ax.set_xticks(range(len(labels)), labels)
ax.set_yticks(np.linspace(0.4, 1, 7))
ax.set(ylabel="test accuracy (higher is better)", ylim=(0.4, 1.12))

small, one, three, five = accuracy.T
# Too small, it only guesses. Worst of 150 seeds: 0.56.
assert small.max() < 0.6
# Without noise it cannot but say the same of both classes. Off by 6e-8.
clean = draw(np.arange(num_test) % 2, noise=0)
assert np.ptp(model.predict_on_batch(clean)[0]) < 1e-5
# What one filter learns, three with the same view do not, but five do.
# Worst of 30 times 5 seeds: 0.24 and 0.15 between the means.
assert one.mean() > three.mean() + 0.1
assert five.mean() > three.mean() + 0.05
plt.show()
