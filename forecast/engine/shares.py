"""What those who leave and come back are worth, against an average customer: on every path.

It hangs on customers and not on money, so it stands for all levers that move only amounts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from ..beliefs import Beliefs
from ..luck import scattered
from ..planes import planes
from .changes import Changes
from .heads import Heads
from .leaving import Known, LeavingMrr
from .tiles import cuts

Singles = NDArray[np.float32]

_ONE: Final = np.float32(1.0)


@dataclass(frozen=True, eq=False)
class Shares:
    """Arrays (segments, months, paths).

    Attributes
    ----------
    lost : array
        Share of the MRR at the opening that goes with those lost by luck.
    returned : array
        Factor on the MRR of those who come back, for they are few and differ.
    """

    LEVERS: ClassVar = LeavingMrr.LEVERS

    lost: Singles
    returned: Singles

    @classmethod
    def of(cls, beliefs: Beliefs, changes: Changes, heads: Heads, leaving: LeavingMrr) -> Shares:
        """Give them month by month."""
        made = cls(*planes((2, *beliefs.shape), np.float32))
        known = Known.of(beliefs, changes)
        _, months, paths = beliefs.shape
        for cut in cuts(paths):
            ones = np.ones_like(made.lost[:, 0, cut])
            for m in range(months):
                at = (slice(None), m, cut)
                there, lost = heads.unknown(known, m, cut), heads.by_luck[at]
                factor = _differing(beliefs, there, lost, beliefs.luck["churn_size"][at], ones)
                factor *= leaving.ratio[at]
                made.lost[at] = _share(there, lost, factor, leaving.alone[at])
                variance = np.maximum(heads.came[at], ones)
                np.divide(_scatter(beliefs, "reactivation"), variance, out=variance)
                made.returned[at] = scattered(variance, beliefs.luck["reactivation_size"][at])
        return made


def _differing(
    beliefs: Beliefs, there: Singles, lost: Singles, z: Singles, ones: Singles
) -> Singles:
    """Give what those lost are worth against the others, array (segments, paths)."""
    variance = there - lost
    variance /= np.maximum(there - _ONE, ones)  # the fewer stay unseen, the less it scatters
    variance *= _scatter(beliefs, "churn")
    variance /= np.maximum(lost, ones)
    return scattered(variance, z)


def _share(there: Singles, lost: Singles, exponent: Singles, alone: Singles) -> Singles:
    """Give the share of MRR that goes with those lost by luck.

    With a share f of the customers lost, the share of MRR is 1 - (1 - f) ** g: about g x f
    while f is small, everything when everyone leaves, and never more than is there.
    """
    some = there.min(initial=1.0) >= 1
    share = lost / (there if some else np.maximum(there, _ONE))
    np.negative(share, out=share)
    with np.errstate(divide="ignore"):  # all are lost: log 0, and the share is 1
        np.log1p(share, out=share)
    share *= exponent
    np.expm1(share, out=share)
    np.negative(share, out=share)
    if not some:  # MRR whose customers are at home elsewhere
        share = np.where(there <= 0, alone, share)
    return np.asarray(share, dtype=np.float32)


def _scatter(beliefs: Beliefs, flow: str) -> Singles:
    """Give variances of one flow, array (segments, 1)."""
    return beliefs.scatter[flow].astype(np.float32)[:, None]
