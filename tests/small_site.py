"""A small site that passes: one question, two languages, real settings."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from chain.record import main as record

ROOT = Path(__file__).parent.parent
KO, EN = "docs/ko/questions/coin.md", "docs/en/questions/coin.md"
PROGRAM = '''\
"""A fair coin."""
import random

import matplotlib.pyplot as plt

random.seed(1)
heads = [random.random() < 0.5 for _ in range(2000)]
share = sum(heads) / len(heads)
print(f"tosses: {len(heads)}")
print(f"share: heads {share:.2f}")
# 0.5 is 11 standard deviations inside.
assert abs(share - 0.5) < 0.12
plt.plot(heads[:20])
plt.show()
'''
PAGE = """\
---
title: Coin
description: Heads as often as tails.
subject: evaluation
---

# Coin { #coin }

## Code { #code }

```python
--8<-- "coin.py"
```

## Output { #output }

<!--pytest-codeblocks:expected-output-->
```text
--8<-- "coin.out"
```

![twenty tosses](../assets/figures/coin.svg)

Heads in [SHARE](#output "share: heads") of [2,000](#output "tosses:")
tosses; we allow [0.12](#code "0.5) <"). Others had 49.8 %[^buffon1777].
[Home](../index.md)

[^buffon1777]: Buffon 1777, p. 0.1.
"""
HOME = """\
# Home { #home }

<!-- questions: evaluation -->

[1](questions/coin.md)
"""


def make(root: Path) -> None:
    """Write the site into the folder and record its snippet."""
    for name in ("mkdocs.en.yml", "conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, root)
    shutil.copytree(
        ROOT / "hooks", root / "hooks", ignore=shutil.ignore_patterns("*.pyc")
    )
    settings = (ROOT / "mkdocs.yml").read_text("utf-8")
    nav = "nav:\n  - index.md\n  - 질문: [questions/coin.md]\n\n"
    settings = re.sub(r"^nav:.*?\n\n", nav, settings, flags=re.M | re.S)
    write(root / "mkdocs.yml", settings)
    write(root / "requirements.txt", "")
    write(root / "snippets/coin.py", PROGRAM)
    assets = root / "docs/assets"
    shutil.copytree(ROOT / "docs/assets", assets)
    shutil.rmtree(assets / "figures")
    assert record(["--root", str(root)]) == 0
    printed = (root / "snippets/coin.out").read_text("utf-8")
    share = printed.split()[-1]
    for language in ("ko", "en"):
        docs = root / "docs" / language
        write(docs / "index.md", HOME)
        write(docs / "questions/coin.md", PAGE.replace("SHARE", share))


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
