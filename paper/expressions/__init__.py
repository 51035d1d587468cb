"""Which expression does a face wear? A miniature, and a run on FER2013."""

import os

# Before Keras is imported anywhere: the study is measured on this backend.
os.environ["KERAS_BACKEND"] = "jax"
