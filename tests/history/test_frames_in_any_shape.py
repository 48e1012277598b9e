"""Frames as pandas leaves them (reversed, sliced, mixed): the same lines, or a refusal."""

import numpy as np
import pandas as pd
import pytest

from history import InputError, Ledger

LINES = pd.DataFrame(
    {
        "customer": ["A", "B"],
        "start_date": ["2025-01-01", "2025-02-10"],
        "end_date": ["2025-03-01", None],
        "mrr": [10000, 4000],
        "quantity": [1.5, 2.5],
        "plan": ["x", "y"],
    }
)
TABLE = LINES.rename(columns={"customer": "customer_id", "start_date": "start", "end_date": "end"})
DATED = LINES.assign(start_date=pd.to_datetime(LINES["start_date"]))
SHAPES = {
    "reversed": LINES[::-1],
    "every second": LINES.loc[[0, 0, 1, 1]][::2],
    "reversed dates": DATED[::-1],
    "nullable": LINES.convert_dtypes()[::-1],
    "Int64": LINES.assign(mrr=LINES["mrr"].astype("Int64"))[::-1],
    "categorical": LINES.assign(plan=LINES["plan"].astype("category"))[::-1],
    "objects": pd.DataFrame(LINES.to_numpy(), columns=LINES.columns)[::-1],
    "Fortran order": pd.DataFrame(np.asfortranarray(LINES.to_numpy()), columns=LINES.columns),
    "equal labels": LINES.set_axis([0, 0], axis=0),
    "sparse": LINES.assign(quantity=pd.arrays.SparseArray([1.5, 2.5])),
    "long double": LINES.assign(quantity=LINES["quantity"].astype("longdouble"))[::-1],
    "mixed plan": LINES.assign(plan=[1, "y"])[::-1],
    "complex plan": LINES.assign(plan=[1j, 2j])[::-1],
    "interval plan": LINES.assign(plan=pd.interval_range(0, 2)),
}


def closing(ledger):
    return ledger.movements().matrix("closing")["total"].tolist()


@pytest.mark.parametrize("shape", SHAPES)
def test_the_shape_of_a_frame_changes_nothing(shape):
    frame = SHAPES[shape]
    lines = Ledger.from_lines(frame, as_of="2025-03", currency="EUR")
    assert closing(lines) == [100, 140, 40]
    table = frame.rename(columns=dict(zip(LINES.columns, TABLE.columns, strict=True)))
    read = Ledger.read(table.assign(mrr=table["mrr"] // 100), as_of="2025-03", currency="EUR")
    assert closing(read) == [100, 140, 40]
    assert lines.dimensions == read.dimensions == ("plan",)


REFUSED = {
    "two of a name": (pd.concat([LINES, LINES[["customer"]]], axis=1), "have one name: customer"),
    "capitals": (LINES.assign(Plan=1), "have one name: plan, Plan"),
    "capitals of ours": (LINES.assign(MRR=1), "have one name: mrr, MRR"),
    "levels": (
        LINES.set_axis(pd.MultiIndex.from_product([LINES.columns, ["a"]]), axis=1),
        "need the columns customer, start_date, mrr",
    ),
    "huge": (LINES.assign(mrr=[1e300, 1]), "none of its column"),
    "infinite": (LINES.assign(mrr=[np.inf, 1]), "not a whole number of minor units in row 1"),
    "complex": (LINES.assign(mrr=[1j, 1]), "not a whole number of minor units"),
    "truths": (LINES.assign(mrr=[True, False]), "not a whole number of minor units"),
    "zoned": (DATED.assign(start_date=DATED["start_date"].dt.tz_localize("UTC")), "no date"),
    "no number": (LINES.assign(quantity=["a", "b"]), "none of its column"),
    "no text": (LINES.assign(plan=["\ud800", "y"]), "none of its column"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_lines_that_are_none_are_refused(kind):
    frame, message = REFUSED[kind]
    with pytest.raises(InputError, match=message):
        Ledger.from_lines(frame, as_of="2025-03", currency="EUR")


def test_a_frame_with_half_a_character_is_refused():
    with pytest.raises(InputError, match="the frame cannot be read"):
        Ledger.read(TABLE.assign(plan=["\ud800", "y"]), as_of="2025-03", currency="EUR")
