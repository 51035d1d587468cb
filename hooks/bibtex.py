"""A page as an entry of a bibliography."""

from __future__ import annotations

# What TeX, which sets a bibliography, takes for commands.
TEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}"}
TEX |= {"^": r"\textasciicircum{}"} | {
    sign: f"\\{sign}" for sign in "#$%&_{}"
}


def entry(key: str, author: str, title: str, url: str, day: str) -> str:
    """An entry of BibTeX; `day` is as 2026-11-24, or empty.

    The author is an organisation, whose name is not turned around.
    """
    fields = {"author": f"{{{tex(author)}}}", "title": f"{{{tex(title)}}}"}
    fields["url"] = url
    if day:
        fields |= {"year": day[:4], "date": day}
    lines = [f"  {name} = {{{text}}},\n" for name, text in fields.items()]
    return f"@misc{{{key},\n{''.join(lines)}}}"


def tex(text: str) -> str:
    """A text as TeX prints it."""
    return "".join(TEX.get(sign, sign) for sign in text)
