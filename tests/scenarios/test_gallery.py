"""The gallery's files give the figures that stand beside them."""

import importlib.util
from pathlib import Path

import jsonschema
import pandas as pd
import pytest

from scenarios import scenario_schema
from scenarios.yamltext import load

GALLERY = Path(__file__).parents[2] / "docs" / "gallery"
FILES = sorted((GALLERY / "scenarios").glob("*.yaml"))
RENEW = "run: python docs/gallery/make_gallery.py"


@pytest.fixture(scope="module")
def gallery():
    spec = importlib.util.spec_from_file_location("gallery", GALLERY / "make_gallery.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def view(gallery, by_size):
    return gallery.view(by_size)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_schema_accepts_the_file(path):
    jsonschema.validate(load(path).data, scenario_schema())


def test_every_change_has_its_sentence(gallery):
    for scenario in gallery.scenarios():
        assert scenario.because
        assert all(change.because for change in scenario.changes), scenario.name


@pytest.mark.parametrize(("measure", "near"), [("arr", 1.0), ("customers", 0.01)])
def test_the_figures_are_the_golden_ones(gallery, view, measure, near):
    found, golden = gallery.golden(view), pd.read_csv(gallery.GOLDEN)
    assert list(found) == list(golden), RENEW
    found, golden = (table[table["measure"] == measure] for table in (found, golden))
    # To the euro of ten million: single precision in the engine moves the cents.
    for name in found:
        if name in ("month", "scenario", "measure"):
            assert found[name].tolist() == golden[name].tolist(), RENEW
        else:
            within = 0.002 if name in ("difference_share", "probability_above") else near
            wanted = pytest.approx(golden[name].to_numpy(), rel=0, abs=within, nan_ok=True)
            assert found[name].to_numpy() == wanted, RENEW


def test_the_page_is_that_of_the_files(gallery, view):
    assert gallery.page(view) == gallery.PAGE.read_text(encoding="utf-8"), RENEW


def test_each_scenario_lies_on_its_side(view):
    table = view.table(at="2027-12").set_index("scenario")["difference"]
    better = ["Acquisition", "Annual plans", "Churn programme", "Enterprise push", "Price rise"]
    assert (table[better] > 0).all()
    assert (table[["Downturn", "Hiring freeze", "Largest customer leaves"]] < 0).all()
