"""How few bits do the weights of a network need? The group's study."""

import os

# Before Keras is imported anywhere: the study is measured on this backend.
os.environ["KERAS_BACKEND"] = "jax"
