"""Temporary folders that go when nobody needs them."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path

__all__ = ["OwnFolder"]


class OwnFolder:
    """A temporary folder that lives as long as this object, then goes without a word."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="arrcast-"))
        self.remove = weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)
