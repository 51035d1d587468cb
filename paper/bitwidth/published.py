"""What is known of the group's paper, to stand beside what is measured.

Its table of tensors is not legible, so these are all the figures there are.
"""

from __future__ import annotations

CITATION = (
    "B. Lim, S. Lim, J. Jung, M.-J. Kim, J.-H. Lee, J.-G. Lee, "
    '"Parameter Optimization of Deep Neural Network: MNIST Case Study" '
    "(in Korean), IEIE autumn conference, Songdo Convensia, 23-24 November "
    "2018; its figures from a photograph of its poster"
)
PARAMETERS = 1_379_333
# All bits of a number of one tensor, and what that is less than 32.
BITS = (10, 12)
REDUCTIONS = (0.6875, 0.625)
# Of all tensors together, "about".
REDUCTION = 0.62
# float32's and the shortened network's; the first is 2**20 bytes a unit.
MEGABYTES = (5.26, 2)


def facts() -> dict[str, object]:
    """The figures and their source, as a results file has them."""
    return {
        "citation": CITATION,
        "parameters": PARAMETERS,
        "bits": BITS,
        "reductions": REDUCTIONS,
        "reduction": REDUCTION,
        "megabytes": MEGABYTES,
    }
