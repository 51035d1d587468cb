"""Depth can fold a line as width cannot, but training has to get there."""

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

num_seeds, num_epochs, lr = 3, 15, 0.002
widths = {1: 159, 4: 51, 16: 25, 32: 18}  # about 12000 weights each
X, y = load_digits(return_X_y=True)
X = (X - X.mean()) / X.std()


def forward(layers, h, skip=False):
    """Each layer's input, which of its ReLUs are on, and the output."""
    inputs, on = [h], []
    for W, b in layers[:-1]:
        z = h @ W + b
        on.append(z > 0)
        h = z * on[-1] + (h if skip and h.shape == z.shape else 0)
        inputs.append(h)
    W, b = layers[-1]
    return inputs, on, h @ W + b


def fold(depth, width):
    """Each layer folds 0 to 1 into as many pieces as it has ReLUs."""
    corners = np.arange(width) / width
    out = width * np.array([1, *[-2, 2] * width])[:width, None]
    later = [(np.tile(out, width), -corners)] * (depth - 1)
    return [(np.ones((1, width)), -corners), *later, (out, 0)]


def random(rng, sizes, bias=0):
    """He's random start."""
    Ws = [rng.normal(0, (2 / a) ** 0.5, (a, b)) for a, b in pairwise(sizes)]
    return [(W, rng.normal(0, bias, W.shape[1])) for W in Ws]


def pieces(layers, low=0, high=1):
    """Straight pieces of the output: where one ends, a ReLU switches."""
    x = low + (high - low) * (np.arange(4096) + 0.5) / 4096
    on = np.hstack(forward(layers, x[:, None])[1])
    return 1 + np.any(on[1:] != on[:-1], axis=1).sum()


def gradients(layers, rows, skip):
    """Of the cross-entropy, by back-propagation."""
    inputs, on, z = forward(layers, X[rows], skip)
    p = np.exp(z - z.max(axis=1, keepdims=True))
    d = p / p.sum(axis=1, keepdims=True) - np.eye(10)[y[rows]]
    grads = []
    for (W, _), h in zip(layers[::-1], inputs[::-1], strict=True):
        dz = d * on.pop() if grads else d
        grads = [h.T @ dz / len(rows), dz.mean(axis=0), *grads]
        d = dz @ W.T + (d if skip and h.shape == dz.shape else 0)
    return grads


def train(depth, skip, seed):
    """Accuracy on the 1000 digits trained on, and on the others."""
    rng = np.random.default_rng(seed)
    layers = random(rng, [64, *[widths[depth]] * depth, 10])
    if skip:  # start small, or the sums grow from layer to layer
        layers[1:-1] = [(W / depth**0.5, b) for W, b in layers[1:-1]]
    params = [p for layer in layers for p in layer]
    m, v = [0 * p for p in params], [0 * p for p in params]
    order, step = rng.permutation(len(X)), 0
    for _ in range(num_epochs):
        for rows in np.split(rng.permutation(order[:1000]), 20):
            step += 1
            for i, g in enumerate(gradients(layers, rows, skip)):  # Adam
                m[i] += 0.1 * (g - m[i])
                v[i] += 0.001 * (g**2 - v[i])
                m_hat = m[i] / (1 - 0.9**step)
                v_hat = v[i] / (1 - 0.999**step)
                params[i] -= lr * m_hat / (np.sqrt(v_hat) + 1e-8)
    hits = (np.argmax(forward(layers, X, skip)[2], axis=1) == y)[order]
    return hits[:1000].mean(), hits[1000:].mean()


rng = np.random.default_rng(0)
for depth, width in [(1, 16), (2, 8), (4, 4), (8, 2)]:
    sizes, folded = [1, *[width] * depth, 1], pieces(fold(depth, width))
    drawn = [pieces(random(rng, sizes, 1), -10, 10) for _ in range(300)]
    found = f"random {np.mean(drawn):.1f} on average, {max(drawn)} at most"
    print(f"pieces, {depth} x {width} ReLUs: folded {folded}, {found}")
    assert folded == width**depth  # nothing random here
    # Random layers fold little. The most in 30 seeds: 16.3 and 33.
    assert np.mean(drawn) < 17 and max(drawn) < 64

plain, skips = {}, {}  # by depth; rows are seeds, columns training and test
for depth, width in widths.items():
    texts = []
    for scores, skip in [(plain, False), (skips, True)]:
        runs = [train(depth, skip, seed) for seed in range(num_seeds)]
        scores[depth] = np.array(runs)
        texts.append("{1:.2f} (training {0:.2f})".format(*np.mean(runs, 0)))
    print(f"digits, {depth} x {width}: plain {texts[0]}, skips {texts[1]}")
# More plain layers fit even worse. Worst of 20 times 3 seeds: 0.03.
assert all(plain[4].mean(axis=0) > plain[16].mean(axis=0) + 0.01)
# Skips mend most of it. Worst of 60 seeds: 0.13.
assert all(skips[32].min(axis=0) > plain[32].max(axis=0) + 0.05)
# But one layer is still ahead. Worst of 20 times 3 seeds: 0.03.
assert plain[1][:, 1].mean() > skips[32][:, 1].mean() + 0.02

fig, axes = plt.subplot_mosaic("AC;BC", figsize=(4.8, 3.4))
for i, ax in enumerate([axes["A"], axes["B"]]):
    title = ["2 ReLUs a layer", "all in one layer"][i]
    ax.set(title=title, ylim=(-0.45, 1.45))
    ax.text(0, 1.2, "pieces")
    ax.text(0, -0.35, ["layers", "ReLUs"][i])
    ax.axis("off")
    for n in range(1, 7):
        net = [fold(n, 2), fold(1, 2 * n)][i]
        frame = {"color": f"C{i}", "gid": f"frame-{n}"}
        x = np.linspace(0, 1, pieces(net) + 1)
        ax.plot(x, forward(net, x[:, None])[2], linewidth=1.2, **frame)
        for row, number in [(1.2, pieces(net)), (-0.35, [n, 2 * n][i])]:
            ax.text(0.25 + n / 8, row, number, ha="right", **frame)
ax, depths = axes["C"], list(widths)
for scores, style in [(skips, "C2o-"), (plain, "C3s--")]:
    ax.plot(depths, [scores[d][:, 1].mean() for d in depths], style)
ax.text(34, 0.99, "with skips", ha="right")
ax.text(20, 0.6, "plain", ha="right")
ax.set(title="digits: test accuracy\n(higher is better)", xlabel="layers")
ax.set(ylim=(0, 1.05), xscale="log", xticks=depths, xticklabels=depths)
ax.minorticks_off()
plt.show()
