"""Validation trains no model, yet the score of the chosen one is too good."""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

num_seeds = 20
num_val = 100
num_tried = [1, 10, 100, 1000]
images, labels = load_digits(return_X_y=True)


def select(models, accuracy, val, test):
    """Best of the first k by validation; the test set sees only that one."""
    val_scores = np.array([accuracy(model, val) for model in models])
    winners = [val_scores[:k].argmax() for k in num_tried]
    return [(val_scores[i], accuracy(models[i], test)) for i in winners]


def coin_flips(rng):
    """Labels are coin flips; a model is a random vector, never trained."""
    X = rng.normal(size=(num_val + 10_000, 20))
    y = rng.integers(2, size=len(X))
    val, test = np.split(np.arange(len(X)), [num_val])
    models = rng.normal(size=(1000, 20))

    def accuracy(w, rows):
        y_hat = X[rows] @ w > 0
        return np.mean(y_hat == y[rows])

    return select(models, accuracy, val, test)


def digits(rng):
    """A model looks at 16 pixels and answers with the nearest class mean."""
    order = rng.permutation(len(images))
    train, val, test = np.split(order, [200, 200 + num_val])
    classes = [images[train[labels[train] == digit]] for digit in range(10)]
    means = np.array([X.mean(axis=0) for X in classes])
    models = [rng.choice(64, 16, replace=False) for _ in range(1000)]

    def accuracy(pixels, rows):
        difference = images[rows][:, None, pixels] - means[:, pixels]
        y_hat = np.square(difference).sum(axis=2).argmin(axis=1)
        return np.mean(y_hat == labels[rows])

    return select(models, accuracy, val, test)


def repeat(task):
    """Scores by seed, by number of models tried, validation and test."""
    rngs = [np.random.default_rng(seed) for seed in range(num_seeds)]
    return np.array([task(rng) for rng in rngs])


results = {"coin flips": repeat(coin_flips), "digits": repeat(digits)}
fig, axes = plt.subplots(1, 2, figsize=(4.8, 3.0), sharey=True)
sources = ["only luck", "skill and luck"]
for ax, name, source in zip(axes, results, sources, strict=True):
    val, test = results[name].mean(axis=0).T
    for i, k in enumerate(num_tried):
        accuracies = f"validation {val[i]:.2f}, test {test[i]:.2f}"
        print(f"{name}, best of {k}: {accuracies}")
    ax.vlines(num_tried, test, val, color="gray", linewidth=1)
    ax.plot(num_tried, val, "o-", color="C0")
    ax.plot(num_tried, test, "s--", color="C1")
    ax.text(100, val[2] + 0.02, "validation", color="C0", ha="right")
    ax.text(1000, test[3] - 0.03, "test", color="C1", ha="right", va="top")
    ax.text(120, (val[2] + test[2]) / 2, "luck", va="center")
    title = f"{name}: {source}"
    ax.set(title=title, xlabel="models tried", xscale="log")
    ax.set_xticks(num_tried, num_tried)
    ax.minorticks_off()
axes[0].set(ylabel="accuracy of the winner", ylim=(0.4, 0.95))

gaps = {name: r[:, :, 0] - r[:, :, 1] for name, r in results.items()}
test_scores = {name: r[:, :, 1].mean(axis=0) for name, r in results.items()}
# A single model is judged fairly. Worst of 30 times 20 seeds: 0.03.
assert all(abs(gap[:, 0].mean()) < 0.05 for gap in gaps.values())
# The best of 1000 is not. Worst of 600 seeds: 0.10.
assert gaps["coin flips"][:, 3].min() > 0.05
# And it has learned nothing. Worst of 30 times 20 seeds: 0.003.
assert abs(test_scores["coin flips"] - 0.5).max() < 0.01
# On digits choosing helps, but less than validation says.
# Worst of 30 times 20 seeds: 0.08 and 0.05.
assert test_scores["digits"][3] - test_scores["digits"][0] > 0.04
assert gaps["digits"][:, 3].mean() > 0.03
plt.show()
