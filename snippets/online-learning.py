"""A pupil can pass its teacher, if only chance makes the teacher err."""

import matplotlib.pyplot as plt
import numpy as np

num_families = 100
num_photos, haircut = 600, 300
p = 0.85  # how often a teacher says the right word
size = 14  # pixels across a photo
y, x = np.mgrid[0.5:size, 0.5:size].reshape(2, -1) / size
windows = {
    "early": slice(0, 20),
    "settled": slice(200, 300),
    "new hair": slice(300, 320),
    "end": slice(500, 600),
}


def oval(x0, y0, width, height):
    """How much of each pixel the oval covers; its edge is soft."""
    r = ((x - x0) / width) ** 2 + ((y - y0) / height) ** 2
    return np.clip(4 - 4 * r, 0, 1)


def draw(is_dad, long_hair, glasses, rng):
    """Photos of two parents, one a row: never quite still, and noisy."""

    def trait(mean, spread):
        mom, dad = rng.normal(mean, spread, 2)
        return np.where(is_dad, dad, mom)

    width, height = trait(0.27, 0.03), trait(0.36, 0.02)
    eyes, mouth = trait(0.12, 0.015), trait(0.11, 0.03)
    x0, y0 = rng.normal(0.5, 0.02, (2, *is_dad.shape))
    hair = 0.03 * long_hair
    head = oval(x0, y0 - 0.05 + hair, width + 0.05 + 2 * hair, 0.38 + hair)
    shapes = [
        (head, 0.35),
        (oval(x0, y0 + 0.05, width, height), 0.85),
        (oval(x0, y0 - 0.33, width, 0.14), 0.35),
        (oval(x0, y0 + 0.23, mouth, 0.05), 0.3),
    ]
    for eye in (x0 - eyes, x0 + eyes):
        rim = oval(eye, y0, 0.13, 0.12) - oval(eye, y0, 0.09, 0.08)
        shapes += [(glasses * rim, 0.3), (oval(eye, y0, 0.05, 0.05), 0.1)]
    faces = 1
    for mask, shade in shapes:
        faces = faces + mask * (shade - faces)
    return faces + rng.normal(0, 0.1, faces.shape)


def album(seed):
    """A family's photos, who is on them, and the words of two teachers."""
    rng = np.random.default_rng(seed)
    is_dad = rng.random((num_photos, 1)) < 0.5
    # Dad always wears glasses, mom sometimes. One day mom has a haircut.
    glasses = is_dad | (rng.random(is_dad.shape) > 2 * p - 1)
    long_hair = ~is_dad & (np.arange(num_photos)[:, None] < haircut)
    faces = draw(is_dad, long_hair, glasses, rng)
    # One teacher errs at random, the other calls all glasses "dad".
    random = is_dad ^ (rng.random(is_dad.shape) > p)
    return faces, is_dad[:, 0], random[:, 0], glasses[:, 0]


def learn(words, lr=0.1, until=num_photos):
    """Guess who is on a photo, then learn from the word that is heard."""
    w, b = np.zeros((num_families, size**2)), np.zeros(num_families)
    right = np.zeros(is_dad.shape)
    for t in range(num_photos):
        z = np.sum(w * X[:, t], axis=1) + b
        right[:, t] = (z > 0) == is_dad[:, t]
        if t < until:
            error = words[:, t] - 1 / (1 + np.exp(-z))
            w += lr * error[:, None] * X[:, t]
            b += lr * error
    return right


albums = [album(seed) for seed in range(num_families)]
faces, is_dad, random, biased = map(np.array, zip(*albums, strict=True))
X = faces - faces[:, 0].mean(axis=0)  # how a face differs from the average
pupils = {
    "online": learn(random),
    "frozen": learn(random, until=haircut),
    "biased teacher": learn(biased),
    "small steps": learn(random, lr=0.001),
    "large steps": learn(random, lr=1),
    "large, no errors": learn(is_dad, lr=1),
}
print(f"two of three words are right: {p**3 + 3 * p**2 * (1 - p):.2f}")
teachers = np.mean(random == is_dad), np.mean(biased == is_dad)
print("teachers: random {:.2f}, biased {:.2f}".format(*teachers))
score = {}
for name, right in pupils.items():
    score[name] = means = {k: right[:, w].mean() for k, w in windows.items()}
    print(f"{name}:", ", ".join(f"{k} {v:.2f}" for k, v in means.items()))

rows = [["mom", "dad", "mom, haircut"], ["plot"] * 3]
fig, axes = plt.subplot_mosaic(rows, figsize=(4.8, 3.9), height_ratios=[1, 3])
plain = np.flatnonzero(~biased[0])  # mom without glasses
photos = plain[0], np.argmax(is_dad[0]), plain[plain >= haircut][0]
for name, t in zip(rows[0], photos, strict=True):
    axes[name].imshow(faces[0, t].reshape(size, -1), "gray", vmin=0, vmax=1)
    axes[name].set_title(name)
    axes[name].axis("off")
ax = axes["plot"]
for name, style in zip(pupils, ["o-", "s--", "^:"], strict=False):
    start = haircut if name == "frozen" else 0
    mean = pupils[name][:, start:].mean(axis=0).reshape(-1, 20).mean(axis=1)
    ax.plot(np.arange(start + 10, num_photos, 20), mean, style)
ax.axhline(p, color="black", linewidth=1)
ax.axvline(haircut, color="gray", linestyle=":", linewidth=1)
ax.text(285, 0.97, "online", color="C0", ha="right", va="top")
ax.text(465, 0.78, "biased teacher's pupil", color="C2", ha="center")
ax.text(285, 0.84, "teacher", ha="right", va="top")
ax.text(465, 0.66, "frozen at the haircut", color="C1", ha="center")
ax.set(xlabel="photos seen (dotted: mom's haircut)", ylabel="right guesses")

# Every family's pupil passes its teacher. Worst of 25 times 100: 0.05.
assert pupils["online"][:, windows["settled"]].mean(axis=1).min() > p
# Not if the errors follow a rule. Worst of 25 times: 0.03 off.
assert abs(score["biased teacher"]["settled"] - p) < 0.05
# After the haircut it must go on learning. Worst of 25 times: 0.28, 0.06.
assert score["online"]["end"] > max(score["frozen"]["end"] + 0.2, p + 0.03)
# Small steps unlearn slowly, large ones heed each error: 0.08, 0.10.
assert score["online"]["end"] > score["small steps"]["end"] + 0.04
assert score["online"]["settled"] > score["large steps"]["settled"] + 0.07
# It is the errors that hold large steps back. Worst of 25 times: 0.12.
assert score["large, no errors"]["end"] > score["large steps"]["end"] + 0.05
plt.show()
