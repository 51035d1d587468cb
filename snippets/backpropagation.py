"""Back-propagation: every derivative for less than three forward passes."""

import jax
import matplotlib.pyplot as plt
import numpy as np

jax.config.update("jax_enable_x64", True)  # JAX has only 32 bits otherwise
num_seeds, num_examples, num_classes = 3, 32, 10
multiplications = []


def matmul(A, B):
    """A @ B, keeping count of the multiplications."""
    multiplications.append(A.size * B.shape[1])
    return A @ B


def count(run, *args):
    multiplications.clear()
    run(*args)
    return sum(multiplications)


def forward(params, X, xp=np):
    """What goes into each layer, and the probabilities that come out."""
    inputs = [X]
    for W, b in params[:-1]:
        inputs.append(xp.tanh(matmul(inputs[-1], W) + b))
    W, b = params[-1]
    exp_z = xp.exp(matmul(inputs[-1], W) + b)
    return inputs, exp_z / exp_z.sum(axis=1, keepdims=True)


def loss(params, X, Y, xp=np):
    """The cross-entropy, averaged over the examples."""
    _, y_hat = forward(params, X, xp)
    return -xp.mean(xp.log((Y * y_hat).sum(axis=1)))


def backpropagate(params, X, Y, slope=lambda h: 1 - h**2):
    """The derivative of the loss with respect to every W and every b."""
    inputs, y_hat = forward(params, X)
    delta = (y_hat - Y) / len(X)
    gradients = []
    for i in reversed(range(len(params))):
        gradients.insert(0, (matmul(inputs[i].T, delta), delta.sum(axis=0)))
        if i > 0:
            delta = matmul(delta, params[i][0].T) * slope(inputs[i])
    return flat(gradients)


def central_differences(params, X, Y, h):
    """The same, by nudging one parameter after the other."""
    slopes = []
    for values in [array.reshape(-1) for layer in params for array in layer]:
        for i, middle in enumerate(values):
            values[i] = middle + h
            above = loss(params, X, Y)
            values[i] = middle - h
            below = loss(params, X, Y)
            values[i] = middle
            slopes.append((above - below) / (2 * h))
    return np.array(slopes)


def flat(layers):
    return np.concatenate([np.ravel(a) for layer in layers for a in layer])


def error(gradient, truth):
    return np.linalg.norm(gradient - truth) / np.linalg.norm(truth)


def make(seed, width):
    """A network with two hidden layers, examples and labels."""
    rng = np.random.default_rng(seed)
    dims = [(64, width), (width, width), (width, num_classes)]
    params = [(rng.normal(0, n**-0.5, (n, m)), np.zeros(m)) for n, m in dims]
    X = rng.normal(size=(num_examples, 64))
    Y = np.eye(num_classes)[rng.integers(num_classes, size=num_examples)]
    return params, X, Y


hs = 10.0 ** np.arange(-13, 1)
exact, forgotten, off = [], [], []
for seed in range(num_seeds):
    network = make(seed, width=8)
    truth = flat(jax.grad(loss)(*network, jax.numpy))
    exact.append(error(backpropagate(*network), truth))
    forgotten.append(error(backpropagate(*network, np.ones_like), truth))
    off.append([error(central_differences(*network, h), truth) for h in hs])
mean = np.mean(off, axis=0)
print("back-propagation, error below: 1e-14")
print(f"tanh' forgotten, error: {np.mean(forgotten):.1f}")
some = [f"h {hs[i]:.0e} {mean[i]:.0e}" for i in (1, 8, 12)]
print("central differences, error:", ", ".join(some))

sizes, passes, nudges = [], [], []
for width in [8, 32, 128, 512]:
    params, X, Y = make(0, width)
    sizes.append(len(flat(params)))
    once = count(forward, params, X)
    passes.append(count(backpropagate, params, X, Y) / once)
    nudges.append(2 * sizes[-1])
    costs = f"back-propagation {passes[-1]:.2f}, differences {nudges[-1]}"
    print(f"width {width}, parameters {sizes[-1]}, passes: {costs}")

# Worst of 40 seeds: 5e-16. A forgotten tanh' shows: 0.7.
assert max(exact) < 1e-14 and min(forgotten) > 0.1
# Differences are best, not exact, at 1e-5. Worst of 40 seeds: 3e-10.
assert set(np.argmin(off, axis=1)) == {8} and np.min(off) > 1e-11
# It falls like 1 / h and grows like h**2. Worst: off by 0.01 and 0.0002.
exponents = np.diff(np.log10(off))
assert np.allclose(exponents[:, 1:7].mean(axis=1), -1, atol=0.1)
assert np.allclose(exponents[:, 9:11].mean(axis=1), 2, atol=0.01)
assert min(passes) > 2 and max(passes) < 3
once = count(forward, *network[:2])
assert count(central_differences, *network, 1e-5) == nudges[0] * once

fig, (left, right) = plt.subplots(1, 2, figsize=(4.8, 3.2))
left.axhline(np.mean(exact))
left.loglog(hs, mean, "s--", color="C1")
left.set(title="error: lower is better", xlabel="step h", ylim=(1e-16, 1))
left.text(1e-13, 6e-16, "back-propagation", color="C0")
left.text(1e-7, 1e-2, "central\ndifferences", color="C1", ha="center")
right.loglog(sizes, passes, "o-", sizes, nudges, "s--")
right.set(title="cost: forward passes", xlabel="parameters")
right.text(1e4, 5, "back-propagation", color="C0", ha="center")
right.text(3e3, 1e5, "central\ndifferences", color="C1", ha="center")
plt.show()
