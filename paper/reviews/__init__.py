"""Is a Korean film review kind? The paper of Oh, Kim and Kim, 2018."""

import os

# Before Keras is imported anywhere: the study is measured on this backend.
os.environ["KERAS_BACKEND"] = "jax"
