"""What the tests of the drivers share: forecasters of the example company, fitted once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from forecast import Forecaster
    from history import Ledger


@pytest.fixture(scope="session")
def by_size(example_ledger: Ledger) -> Forecaster:
    """The example company by size, without calibration."""
    from forecast import Forecaster

    return Forecaster.fit(example_ledger, by="size", calibrate=False)
