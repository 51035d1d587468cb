"""What the reader who runs a study can mend, said in one sentence."""

from __future__ import annotations


class Refusal(Exception):
    """Bad input or a missing file; the message says what, and what to do."""
