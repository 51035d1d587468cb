"""Three kinds of zero in back-propagation, and MIN is a cure for none."""

import matplotlib.pyplot as plt
import numpy as np

num_networks, num_examples, num_hidden = 10, 64, 8
num_steps, lr = 500, 0.3


def strays(MIN):
    """How far a weight leaves 3, where its neuron makes no error."""
    w = y = np.float32(3)
    farthest = 0
    for _ in range(100):
        error = w - y  # the input is 1, so the answer is w
        if error == 0:
            error = np.float32(MIN)
        w = w - np.float32(0.1) * error
        farthest = max(farthest, abs(w - y))
    return farthest


def train(bias, leak=0, error_min=0, delta_min=0):
    """Ten small networks learn y = max(x, 0), each from its own data."""
    rng = np.random.default_rng(0)
    X = rng.uniform(-1.5, 1.5, (num_networks, num_examples, 2))
    y = np.maximum(X[..., :1], 0)
    W1 = rng.normal(0, 0.1, (num_networks, 2, num_hidden))
    b1 = np.full((num_networks, 1, num_hidden), bias)
    W2 = rng.normal(0, 0.3, (num_networks, num_hidden, 1))
    b2 = np.zeros((num_networks, 1, 1))
    for _ in range(num_steps):
        z = X @ W1 + b1
        slope = np.where(z > 0, 1, leak)
        h = slope * z
        error = h @ W2 + b2 - y
        loss = (error**2).mean(axis=(1, 2))
        error = np.where(error == 0, error_min, error)
        delta = error @ W2.mT * slope
        zeros = (delta == 0).mean()
        delta = np.where(delta == 0, delta_min, delta)
        W2 = W2 - lr * h.mT @ error / num_examples
        b2 = b2 - lr * error.mean(axis=1, keepdims=True)
        W1 = W1 - lr * X.mT @ delta / num_examples
        b1 = b1 - lr * delta.mean(axis=1, keepdims=True)
    return loss, b1.mean(), zeros


def first_gradients(dtype, scale=1):
    """Ten gradients, each of the first of twelve sigmoid layers."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(num_networks, num_examples, 16)).astype(dtype)
    y = rng.integers(2, size=X.shape).astype(dtype)
    Ws = rng.normal(0, 0.25, (12, num_networks, 16, 16)).astype(dtype)
    hs = [X]
    for W in Ws:
        hs.append(1 / (1 + np.exp(-hs[-1] @ W)))
    # All that follows is `scale` times as large, until the last line.
    delta = (hs[-1] - y) * scale / num_examples * hs[-1] * (1 - hs[-1])
    for W, h in zip(Ws[:0:-1], hs[-2:0:-1], strict=True):
        delta = delta @ W.mT * h * (1 - h)
    return (X.mT @ delta).astype(np.float64) / scale


def report(what, values):
    print(f"{what}:", ", ".join(f"{k} {v:.2f}" for k, v in values.items()))


MIN = 0.1
mends = {
    "as is": {},
    "error = MIN": {"error_min": MIN},
    "delta = MIN": {"delta_min": MIN},
    "delta = -MIN": {"delta_min": -MIN},
}
live = {name: train(0.0, **mend) for name, mend in mends.items()}
dead = {name: train(-1.0, **mend) for name, mend in mends.items()}
leaky, _, _ = train(-1.0, leak=0.1)
full, half = first_gradients(np.float32), first_gradients(np.float16)
scaled = first_gradients(np.float16, scale=2**14)
guessed = np.where(half == 0, 1e-7, half)

strayed = {f"MIN {size}": strays(size) for size in [1e-7, 0.1]}
report("no error, w leaves 3 by", strayed)
print(f"live units, share of zero deltas: {live['as is'][2]:.2f}")
report("live units, loss", {k: run[0].mean() for k, run in live.items()})
report("dead units, loss", {k: run[0].mean() for k, run in dead.items()})
report("dead units, mean bias", {k: run[1] for k, run in dead.items()})
print(f"dead units, LeakyReLU instead, loss: {leaky.mean():.2f}")
zeros = {"float32": full, "float16": half, "loss scaled": scaled}
zeros = {k: (g == 0).mean() for k, g in zeros.items()}
report("12 layers, zeros", zeros)
signs = {"zeros = MIN": guessed, "loss scaled": scaled}
signs = {k: (g * full > 0).mean() for k, g in signs.items()}
report("12 layers, right signs", signs)

# Nothing is random here: the small MIN does nothing, the large one harms.
assert strays(1e-7) == 0 and 0.009 < strays(0.1) < 0.011
# Dead units stay dead with +MIN, and +MIN pushes them down: all 40 seeds.
for name in ["error = MIN", "delta = MIN"]:
    assert np.allclose(dead[name][0], dead["as is"][0])
    assert dead[name][2] == 1
assert np.isclose(dead["delta = MIN"][1], -1 - num_steps * lr * MIN)
# Whichever sign, MIN harms live networks, on average over the ten. The
# loss grew 3 times in the worst of 150 seeds, hundreds of times in most.
for name in ["delta = MIN", "delta = -MIN"]:
    assert live[name][0].mean() > 2 * live["as is"][0].mean()
# -MIN and LeakyReLU wake dead units. Worst of 40 seeds: 0.11, 0.07.
dead_loss = dead["as is"][0].mean()
assert dead["delta = -MIN"][0].mean() < 0.3 * dead_loss
assert leaky.mean() < 0.3 * dead_loss
# float16 loses all, loss scaling hardly anything: worst of 40 seeds 0.004
# and 0.99. Signs made up are a coin toss: 0.48 to 0.53 in all of them.
assert zeros["float16"] == 1 and zeros["loss scaled"] < 0.01
assert 0.4 < signs["zeros = MIN"] < 0.6 and signs["loss scaled"] > 0.98

sizes = 10.0 ** np.arange(-6, 1)
fig, ax = plt.subplots(figsize=(4.8, 3.3))
for bias, sign, style in [(-1, 1, "s-"), (-1, -1, "^--"), (0, 1, "o-")]:
    runs = [train(float(bias), delta_min=sign * size) for size in sizes]
    ax.plot(sizes, [run[0].mean() for run in runs], style)
ax.axhline(leaky.mean(), color="C3", linestyle=":")
ax.text(1e-6, 0.4, "dead ReLUs, +MIN: never wake", color="C0")
ax.text(1.3e-2, 8e-4, "dead ReLUs, −MIN", color="C1")
ax.text(1e-6, 6e-3, "dead made leaky, no MIN", color="C3")
ax.text(1e-6, 6e-5, "live ReLUs, +MIN: harmed", color="C2")
ax.set(xscale="log", yscale="log", xlabel="MIN", ylim=(1e-5, 2))
ax.set(title="loss after training: lower is better")
plt.show()
