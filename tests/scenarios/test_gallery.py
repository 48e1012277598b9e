"""The gallery's files give the figures that stand beside them."""

import importlib.util
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest
from matplotlib.image import imread

from scenarios import scenario_schema
from scenarios.files.yamltext import load

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
def views(gallery, by_size):
    by_region = gallery.example("region")
    return {"size": gallery.view(by_size, "size"), "region": gallery.view(by_region, "region")}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_schema_accepts_the_file(path):
    jsonschema.validate(load(path).data, scenario_schema())


def test_every_change_has_its_sentence(gallery):
    for scenario in gallery.scenarios():
        assert scenario.because
        assert all(change.because for change in scenario.changes), scenario.name


@pytest.mark.parametrize(("measure", "near"), [("arr", 1.0), ("customers", 0.01)])
def test_the_figures_are_the_golden_ones(gallery, views, measure, near):
    found, golden = gallery.golden(views), pd.read_csv(gallery.GOLDEN)
    assert list(found) == list(golden), RENEW
    found, golden = (table[table["measure"] == measure] for table in (found, golden))
    # To the euro of ten million: single precision in the engine moves the cents.
    for name in found:
        if name in ("month", "scenario", "measure", "by"):
            assert found[name].tolist() == golden[name].tolist(), RENEW
        else:
            within = 0.002 if name in ("difference_share", "probability_above") else near
            wanted = pytest.approx(golden[name].to_numpy(), rel=0, abs=within, nan_ok=True)
            assert found[name].to_numpy() == wanted, RENEW


def test_the_page_is_that_of_the_files(gallery, views):
    assert gallery.page(views) == gallery.PAGE.read_text(encoding="utf-8"), RENEW
    assert len(FILES) == 10


def test_each_scenario_lies_on_its_side(views):
    tables = [view.table(at="2027-12").set_index("scenario") for view in views.values()]
    table = pd.concat(tables)["difference"]
    better = ["Acquisition", "Annual plans", "Churn programme", "Enterprise push", "Price rise"]
    assert (table[[*better, "New country"]] > 0).all()
    worse = ["Downturn", "FX shock", "Hiring freeze", "Largest customer leaves"]
    assert (table[worse] < 0).all()


def test_the_new_country_is_a_segment_and_the_dollar_moves_only_what_is_in_dollars(views):
    runs = views["region"].runs
    assert "Iberia" in runs.forecaster.segments.labels
    assert runs["New country"].projection.draws("arr", {"region": ["Iberia"]})[:, -1].mean() > 0
    assert not runs["Base"].projection.draws("arr", {"region": ["Iberia"]}).any()
    moved = runs["FX shock"].projection.flows["fx"].sum(axis=(0, 1))
    dollars = runs.forecaster.segments.position("North America")
    assert moved[dollars] < 0
    assert not np.delete(moved, dollars).any()


def test_the_pictures_are_those_of_the_figures(gallery, views, tmp_path):
    """Drawn twice they are the same bytes; those in the folder show the same, font by font."""
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        gallery.draw(views["size"], folder)
    for name in gallery.PICTURES:
        drawn = (tmp_path / "one" / name).read_bytes()
        assert drawn == (tmp_path / "two" / name).read_bytes()
        assert b"atplotlib" not in drawn
        mine, kept = (imread(folder / name) for folder in (tmp_path / "one", GALLERY))
        assert mine.shape == kept.shape, RENEW
        assert np.abs(mine - kept).mean() < 0.01, RENEW
