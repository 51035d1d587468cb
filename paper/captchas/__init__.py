"""How does a network read a text CAPTCHA? A miniature on drawn images."""

import os

# Before Keras is imported anywhere: the study is measured on this backend.
os.environ["KERAS_BACKEND"] = "jax"
