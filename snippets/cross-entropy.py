"""Cross-entropy and MSE seek the same answer; MSE can be far slower."""

import os

os.environ["KERAS_BACKEND"] = "jax"
import keras
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

starts = [0, 4, 8]


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    return np.exp(z) / np.exp(z).sum()


def count_steps(loss, z, y=0, lr=1.0):
    """One sigmoid neuron learns until its output is below 0.1."""
    steps = 0
    while sigmoid(z) >= 0.1:
        y_hat = sigmoid(z)
        gradient = y_hat - y
        if loss == "MSE":
            gradient *= y_hat * (1 - y_hat)
        z -= lr * gradient
        steps += 1
    return steps


ce_steps = [count_steps("cross-entropy", z) for z in range(9)]
mse_steps = [count_steps("MSE", z) for z in range(9)]
for z in starts:
    both = f"cross-entropy {ce_steps[z]}, MSE {mse_steps[z]}"
    print(f"steps from z = {z}: {both}")
# Nothing is random here: 162 times as many, on every machine.
assert mse_steps[8] > 100 * ce_steps[8]

y = np.array([1, 0, 0, 0, 0])
many_z = np.random.default_rng(0).normal(scale=3, size=(100, 5))


def gap(loss, y_hat):
    """How far the gradient of the loss is from y_hat - y, at worst."""
    gaps = []
    for z in many_z:
        for i, h in enumerate(1e-4 * np.eye(5)):
            gradient = (loss(z + h) - loss(z - h)) / 2e-4
            gaps.append(abs(gradient - (y_hat(z) - y)[i]))
    return max(gaps)


ce = gap(lambda z: -y @ np.log(softmax(z)), softmax)
mse = gap(lambda z: np.sum((z - y) ** 2) / 2, lambda z: z)
mixed = gap(lambda z: np.sum((softmax(z) - y) ** 2) / 2, softmax)
gaps = f"identity + MSE {mse:.2f}, softmax + MSE {mixed:.2f}"
print(f"gradient off y_hat - y: softmax + cross-entropy {ce:.2f}, {gaps}")
# Worst of 30 times 100 points: 2e-10 for the pairs, 0.9999 for the mix.
assert max(ce, mse) < 1e-6 and mixed > 0.5

p, q = 0.8, np.linspace(0.001, 0.999, 999)
ce = q[np.argmin(-p * np.log(q) - (1 - p) * np.log(1 - q))]
mse = q[np.argmin(p * (1 - q) ** 2 + (1 - p) * q**2)]
mae = q[np.argmin(p * (1 - q) + (1 - p) * q)]
best = f"cross-entropy {ce:.2f}, MSE {mse:.2f}, MAE {mae:.2f}"
print(f"best answer if P(y = 1) = {p}: {best}")
assert max(abs(ce - p), abs(mse - p)) < 0.01 and mae > 0.99

X, y = load_digits(return_X_y=True)
X, Y = X / 16, np.eye(10)[y]
hidden = keras.layers.Dense(32, "tanh", kernel_initializer="zeros")
output = keras.layers.Dense(10, "sigmoid", kernel_initializer="zeros")
model = keras.Sequential([keras.Input((64,)), hidden, output])


def train(z, lr, seed):
    """Test accuracy after a start with all ten outputs near sigmoid(z)."""
    keras.utils.set_random_seed(seed)
    W1 = np.random.normal(0, 64**-0.5, (64, 32))
    W2 = np.random.normal(0, 32**-0.5, (32, 10))
    model.set_weights([W1, np.zeros(32), W2, np.full(10, z)])
    model.optimizer.learning_rate = lr
    model.fit(X[:1200], Y[:1200], batch_size=40, epochs=5, verbose=0)
    return np.mean(np.argmax(model(X[1200:]), axis=1) == y[1200:])


def accuracies(loss, lrs):
    """By start and seed; the best of the rates is picked after the test."""
    model.compile(keras.optimizers.SGD(), loss)
    runs = [(z, seed) for z in starts for seed in range(3)]
    best = [max(train(z, lr, seed) for lr in lrs) for z, seed in runs]
    return np.reshape(best, (3, 3))


ce = accuracies("binary_crossentropy", lrs=[3])
mse = accuracies("mean_squared_error", lrs=[3, 10, 30])
for i, z in enumerate(starts):
    both = f"cross-entropy {ce[i].mean():.2f}, MSE {mse[i].mean():.2f}"
    print(f"digits from z = {z}: {both}")
# Unsaturated, the two are as good. Worst of 43 times 3 seeds: 0.01.
assert abs(ce[0].mean() - mse[0].mean()) < 0.03
# Saturated, they are not. Worst of 130 seeds: 0.40.
assert (ce[2] - mse[2]).min() > 0.2

fig, (left, right) = plt.subplots(1, 2, figsize=(4.8, 3.0))
left.plot(range(9), ce_steps, "o-", range(9), mse_steps, "s--")
left.text(4, 24, "cross-entropy", color="C0", ha="center")
left.text(4, 300, "MSE", color="C1", ha="right")
left.set(title="one neuron: steps\n(fewer is better)", yscale="log")
left.set_yticks([10, 100, 1000], [10, 100, 1000])
left.minorticks_off()
for scores, style in [(ce, "o-"), (mse, "s--")]:
    mean = scores.mean(axis=1)
    spread = mean - scores.min(axis=1), scores.max(axis=1) - mean
    right.errorbar(starts, mean, spread, fmt=style)
right.text(8, 0.93, "cross-entropy", color="C0", ha="right")
right.text(5.5, 0.5, "MSE", color="C1", ha="right")
right.set(title="digits: accuracy\n(higher is better)", ylim=(0, 1))
for ax in (left, right):
    ax.set(xticks=starts, xlabel="start z\n(larger: more wrong)")
plt.show()
