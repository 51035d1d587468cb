"""Whose hand wrote this syllable? The paper of Ko, Bae and Choi, 2017."""

import os

# Before Keras is imported anywhere: the study is measured on this backend.
os.environ["KERAS_BACKEND"] = "jax"
