"""Momentum shortens the way down a valley; Adam's way depends on the axes."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Ellipse

conditions = np.array([100, 1000, 10_000])  # steepest / flattest curvature
angles = np.random.default_rng(0).uniform(0, 2 * np.pi, size=99)
starts = np.column_stack([np.cos(angles), np.sin(angles)])


def gradient_descent(x, gradient, kappa):
    lr = 2 / (kappa + 1)
    while True:
        yield x
        x = x - lr * gradient(x)


def momentum(x, gradient, kappa):
    lr = (2 / (np.sqrt(kappa) + 1)) ** 2
    beta = ((np.sqrt(kappa) - 1) / (np.sqrt(kappa) + 1)) ** 2
    last_x = x
    while True:
        yield x
        x, last_x = x - lr * gradient(x) + beta * (x - last_x), x


def nesterov(x, gradient, kappa):
    lr = 1 / kappa
    beta = (np.sqrt(kappa) - 1) / (np.sqrt(kappa) + 1)
    last_x = x
    while True:
        yield x
        ahead = x + beta * (x - last_x)
        x, last_x = ahead - lr * gradient(ahead), x


def adam(x, gradient, _):
    # No textbook has the best rate: seven run side by side, one must win.
    lr = np.array([0.01, 0.03, 0.1, 0.3, 1, 3, 10]).reshape(7, 1, 1)
    x = np.repeat(x, 7, axis=0)
    m = v = t = 0
    while True:
        yield x
        t += 1
        g = gradient(x)
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
        x = x - lr * m_hat / (np.sqrt(v_hat) + 1e-8)


def walk(method, kappa, degrees):
    """The way until half of the starts are 1000 times nearer to 0."""
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    R = np.array([[c, -s], [s, c]])
    A = R @ np.diag([1, kappa]) @ R.T  # f(x) = x @ A @ x / 2
    track, arrived = [], False
    for x in method(np.array([starts @ R.T]), lambda x: x @ A, kappa):
        track.append(x)
        arrived |= np.linalg.norm(x, axis=2) < 1 / 1000
        if arrived.mean(axis=1).max() >= 0.5:  # max: of Adam's seven rates
            break
    return np.array(track)[:, arrived.sum(axis=1).argmax()]


def count_all(degrees):
    """Steps: a row for each condition number, a column for each method."""
    rows = [[len(walk(f, k, degrees)) for f in methods] for k in conditions]
    return np.array(rows) - 1


methods = [gradient_descent, momentum, nesterov, adam]
line = "plain {}, momentum {}, nesterov {}, adam {}".format
aligned, turned = count_all(0), count_all(45)
times = turned / aligned
for i, kappa in enumerate(conditions):
    print(f"aligned, condition {kappa}:", line(*aligned[i]))
    print(f"turned, condition {kappa}, times:", line(*times[i].round(1)))
# The p for which steps grow like condition**p, from first to last.
exponents = [np.emath.logn(100, s[2] / s[0]) for s in (aligned, turned)]
print("aligned, exponent:", line(*map("{:.2f}".format, exponents[0])))
print("turned, exponent:", line(*map("{:.2f}".format, exponents[1])))

names = ["gradient\ndescent", "momentum", "Nesterov", "Adam"]
styles = ["C0o-", "C1s--", "C2^:", "C3D-."]
places = [(700, 4000), (10_000, 130), (900, 330), (10_000, 58)]
fig, axes = plt.subplot_mosaic("abcd;efgh;LLRR", height_ratios=[2, 3, 8])
fig.set_size_inches(4.8, 5.3)
for i, name in enumerate(names):
    # Above, the way from one start, in a valley wide enough to see it.
    for row, degrees, low in [("abcd", 0, -0.5), ("efgh", 45, -1.1)]:
        ax = axes[row[i]]
        for size in (0.7, 1.4, 2.1):
            level = Ellipse((0, 0), size, size / np.sqrt(30), angle=degrees)
            ax.add_patch(level).set(fill=False, color="gray", linewidth=0.7)
        track = walk(methods[i], 30, degrees)[:, 82]
        for frame, n in enumerate([1, 2, 5, 10, 20, 50, 100], 1):
            (way,) = ax.plot(*track[: n + 1].T, styles[i][:3] + "-")
            way.set(linewidth=1, markevery=[-1], gid=f"frame-{frame}")
        ax.set(aspect="equal", xlim=(-1.1, 0.5), ylim=(low, 0.5))
        ax.set(xticks=[], yticks=[])
    axes["abcd"[i]].set_title(name, color=f"C{i}")
    axes["L"].loglog(conditions, aligned[:, i], styles[i], subs=[])
    axes["R"].loglog(conditions, turned[:, i], styles[i], subs=[])
    axes["L"].text(*places[i], name, color=f"C{i}", ha="right")
axes["R"].text(8000, 2700, "Adam", color="C3", ha="right")
axes["a"].set_ylabel("along\nthe axes")
axes["e"].set_ylabel("turned\nby 45°")
axes["L"].set(title="along the axes", ylabel="steps (fewer is better)")
axes["R"].set(title="turned by 45°", yticklabels=[])
fig.supxlabel("condition number", fontsize=10)

# Gradient descent takes the very steps of the theory: all 30 seeds.
rate = (conditions - 1) / (conditions + 1)
assert all(aligned[:, 0] == np.ceil(np.log(1 / 1000) / np.log(rate)))
# Both momenta grow with about the square root. Worst of 30 seeds: 0.05.
assert all(abs(exponents[0][1:3] - 0.5) < 0.08)
# Along the axes Adam does not see the condition number: all 30 seeds.
assert np.ptp(aligned[:, 3]) <= 1
# So it wins the narrowest valley. Worst of 30 seeds: 0.15.
assert aligned[2, 3] < 0.5 * aligned[2, :3].min()
# A turn of the valley changes nothing for the others: all 30 seeds.
assert abs(turned - aligned)[:, :3].max() <= 1
# It costs Adam, the narrower the more. Worst of 30 seeds: 22.4 and 3.5.
assert times[2, 3] > 15 and all(np.diff(times[:, 3]) > 1)
# Then both momenta win everywhere. Worst of 30 seeds: 1.26.
assert all(turned[:, 3] > 1.1 * turned[:, 1:3].max(axis=1))
plt.show()
