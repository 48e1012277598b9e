"""A driver: a change in the words of the business, which moves one lever or several."""

from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..any_change import AnyChange

if TYPE_CHECKING:
    from forecast.forecaster import Forecaster
    from forecast.levers import Levers
    from forecast.outlook import Outlook

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Driver(AnyChange):
    """A change that is told apart by its own name as `lever`."""

    main: ClassVar[tuple[str, ...]] = ()
    """Its main numbers; the first of them that a change states is turned in a tornado."""
    less_is_better: ClassVar[tuple[str, ...]] = ()
    """Numbers of which less is better for MRR."""
    whole: ClassVar[tuple[str, ...]] = ()
    """Numbers of people, which come whole."""


def expected(levers: "Levers", forecaster: "Forecaster", months: pd.PeriodIndex) -> "Outlook":
    """Give what is expected of the months after the changes already made."""
    from forecast.outlook import Outlook

    return Outlook.of(forecaster, len(months), levers)


def put_to(levers: "Levers", name: str, now: Floats, target: Floats, weight: Floats) -> "Levers":
    """Move the expected value of a lever to a target, keeping its luck where there is any.

    Parameters
    ----------
    levers
        Changes made before.
    name
        The lever.
    now
        Its value expected after them, array (months, segments).
    target
        What shall be expected, array (months, segments).
    weight
        How far, array (months, segments).

    Returns
    -------
    Levers
        A factor where something is expected now, the target itself where nothing is.
    """
    some = now > 0
    factor = np.divide(target, now, out=np.ones_like(now), where=some)
    if (weight[some] * (factor[some] - 1.0) != 0).any():
        levers = levers.then(name, times=factor, weight=weight * some)
    if (weight[~some] * target[~some] != 0).any():
        levers = levers.then(name, set=target, weight=weight * ~some)
    return levers
