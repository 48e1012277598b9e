"""Random numbers by seed and name: the same stream for the same name, in every process."""

from __future__ import annotations

from hashlib import sha256

import numpy as np


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the generator of one named source of randomness.

    Two calls with the same seed and name give the same numbers, on every machine and in every
    process; another name gives independent ones. Scenarios that share a seed therefore share
    their dice, source by source.

    Parameters
    ----------
    seed
        The run's seed, an integer >= 0.
    name
        Name of the source, such as ``"churn/SMB"``.

    Raises
    ------
    ValueError
        If the seed is negative.

    Examples
    --------
    >>> float(stream(7, "churn").random()) == float(stream(7, "churn").random())
    True
    >>> float(stream(7, "churn").random()) == float(stream(7, "new").random())
    False
    """
    # Python's own hash() of a text differs between processes.
    digest = sha256(name.encode("utf-8")).digest()
    key = tuple(int.from_bytes(digest[i : i + 4], "big") for i in range(0, 16, 4))
    return np.random.default_rng(np.random.SeedSequence(entropy=seed, spawn_key=key))
