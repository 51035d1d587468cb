"""The rules of a style sheet that can apply to the pages at hand.

A rule goes if it asks for a class, an id or an attribute that no page has and
no script makes. A variable goes if nobody reads it: most of what
Material's own sheet holds are icons in variables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

NESTING = ("@media", "@supports", "@layer", "@container")
TEXT = r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\''
COMMENT = re.compile(rf"({TEXT})|/\*.*?\*/", re.DOTALL)
SPACE = re.compile(rf"({TEXT})|\s+", re.DOTALL)
# Spaces mean something around + and - in calc(), so those are left alone.
AROUND = re.compile(rf"({TEXT})|\s*([{{}};,>])\s*|(:)\s+", re.DOTALL)
PIECE = re.compile(rf"{TEXT}|[{{}};]|[^{{}};\"']+")
DECLARATION = re.compile(rf"(?:{TEXT}|[^;\"'])+")
# What stands in these brackets asks for nothing that must be there.
MAYBE = re.compile(r":(?:not|is|where|has)\((?:[^()]|\([^()]*\))*\)")
COMMA = re.compile(rf",(?=(?:{TEXT}|[^\"'()]|\([^()]*\))*$)")
ATTRIBUTE = re.compile(r"""\[([\w-]+)(?:[~|^$*]?=["']?([^]"']*)["']?)?\]""")
NAME = re.compile(r"[.#]((?:[\w-]|\\.)+)")
TAG = re.compile(r"<[^!>]+>")
WORD = re.compile(r"[\w-]+")
STRING = re.compile(r"\"[^\"\n]*\"|`[^`]*`")
STATES = {"js", "open"}  # what a script or a reader changes
# What Material's script could make, of things that this site has not.
UNUSED = re.compile("md-(?:annotation|tooltip|version|source__fact)|tabbed-")
# Neither language is written from right to left. And Material switches off
# all transitions for a moment at every view: the page is styled twice for it.
NEVER = ("[dir=rtl]", "[data-md-color-switching]")
# bundles.py gives tables a class: if rules ask for none, every class that a
# script sets makes the browser look for tables below.
TABLES = {"table:not([class])": "table.md-table"}


@dataclass(frozen=True)
class Words:
    """What pages have and scripts make."""

    names: set[str]
    "Of classes and ids; in Material's script those have a hyphen."
    values: set[str]
    "Of attributes."


@dataclass(frozen=True)
class Rule:
    """A rule of a style sheet."""

    head: str
    "The selectors, or @media and its like."
    body: str
    "Declarations, if there are no rules in it."
    rules: tuple[Rule, ...] = ()

    def __str__(self) -> str:
        """The rule as it stands in the sheet."""
        return f"{self.head}{{{self.body}{''.join(map(str, self.rules))}}}"


def used_words(html: str, ours: str, material: str) -> Words:
    """What pages, our scripts and Material's can ask a style sheet for."""
    said = " ".join(TAG.findall(html) + STRING.findall(ours))
    values = {*WORD.findall(said), *STATES}
    named = {word for word in WORD.findall(material) if "-" in word}
    names = values | {word for word in named if not UNUSED.match(word)}
    return Words(names, values | set(WORD.findall(material)))


def needed(css: str, words: Words) -> str:
    """The style sheet without what these words cannot ask for."""
    for old, new in TABLES.items():
        css = css.replace(old, new)
    kept = tuple(only(parsed(smaller(css)), words))
    while True:
        text = "".join(map(str, kept))
        read = set(re.findall(r"var\(\s*(--[\w-]+)", text)) | words.names
        fewer = tuple(without(kept, read, text))
        if fewer == kept:
            return text
        kept = fewer


def smaller(css: str) -> str:
    """The same without comments and spaces."""

    def kept(match: re.Match[str], space: str = "") -> str:
        return next(filter(None, match.groups()), space)

    css = COMMENT.sub(kept, css)
    css = SPACE.sub(lambda match: kept(match, " "), css)
    return AROUND.sub(kept, css).strip()


def parsed(css: str) -> tuple[Rule, ...]:
    """The rules of a style sheet."""
    return tuple(read_rules(iter(PIECE.findall(css))))


def read_rules(pieces: Iterator[str]) -> Iterator[Rule]:
    """The rules up to the end of a block."""
    head = ""
    for piece in pieces:
        if piece == "}":
            return
        if piece == ";":  # @charset, which the server says too
            head = ""
        elif piece != "{":
            head += piece
        else:
            head = head.strip()
            if head.startswith(NESTING):
                yield Rule(head, "", tuple(read_rules(pieces)))
            else:
                yield Rule(head, read_body(pieces))
            head = ""


def read_body(pieces: Iterator[str]) -> str:
    """What stands up to the end of a block, blocks and all."""
    text, depth = "", 1
    for piece in pieces:
        depth += (piece == "{") - (piece == "}")
        if not depth:
            break
        text += piece
    return text.rstrip(";")


def only(rules: tuple[Rule, ...], words: Words) -> Iterator[Rule]:
    """The rules whose selectors can find something."""
    for rule in rules:
        if rule.rules:
            inside = tuple(only(rule.rules, words))
            if inside:
                yield replace(rule, rules=inside)
        elif rule.head.startswith("@"):
            yield rule
        else:
            heads = [s for s in COMMA.split(rule.head) if finds(s, words)]
            if heads and rule.body:
                yield replace(rule, head=",".join(heads))


def finds(selector: str, words: Words) -> bool:
    """Whether a selector can find something."""
    if any(name in selector.replace('"', "") for name in NEVER):
        return False
    selector = MAYBE.sub("", selector)
    for name, value in ATTRIBUTE.findall(selector):
        if not {name, *WORD.findall(value)} <= words.values:
            return False
    return words.names.issuperset(NAME.findall(ATTRIBUTE.sub("", selector)))


def without(
    rules: tuple[Rule, ...], read: set[str], text: str
) -> Iterator[Rule]:
    """The rules without variables and animations that nobody uses."""
    for rule in rules:
        if rule.rules:
            inside = tuple(without(rule.rules, read, text))
            if inside:
                yield replace(rule, rules=inside)
        elif "keyframes" in rule.head:
            name = rule.head.split()[-1]
            if re.search(rf"animation[^;}}]*\b{re.escape(name)}\b", text):
                yield rule
        elif rule.head.startswith("@"):
            yield rule
        else:
            body = [
                each
                for each in DECLARATION.findall(rule.body)
                if not each.startswith("--") or each.split(":")[0] in read
            ]
            if body:
                yield replace(rule, body=";".join(body))
