# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The main job, from a billing file to a board decision
#
# A billing history becomes MRR movements, cohorts and retention curves; these become a forecast
# whose error is measured; the forecast runs under named scenarios; one of them becomes the plan,
# and a month later the actuals are laid beside it.
#
# Open this file as a notebook with `jupytext --to notebook notebooks/main_job.py`.

# %%
from pathlib import Path
from tempfile import mkdtemp

import matplotlib.pyplot as plt

from forecast import Forecaster
from history import Ledger
from history.synthetic import example_company
from reports import figures
from scenarios import Plan, Scenario, compare, run

# %% [markdown]
# ## 1. The ledger
#
# The example is a simulated company with a known truth. `ledger_frame` gives what its billing
# system would have exported at the end of a month: nothing later is known.

# %%
company = example_company().generate(seed=1, through="2026-09")
ledger = Ledger.read(company.ledger_frame("2026-06"), as_of="2026-06")
print(ledger.findings)

# %% [markdown]
# ## 2. What happened: movements, exact to the cent

# %%
moves = ledger.movements(by="size")
moves.verify()  # opening + movements = closing, in every month and segment
moves.to_frame().query("size == 'total'").pivot(
    index="month", columns="movement", values="mrr"
).tail(12)

# %%
_, axes = plt.subplots(figsize=(9, 4))
figures.movements_waterfall(ledger.movements(), axes)

# %% [markdown]
# ## 3. Who stays: cohorts and retention

# %%
cohorts = ledger.cohorts(by="size")
_, axes = plt.subplots(figsize=(9, 6))
figures.cohort_heatmap(ledger.cohorts(), axes)

# %%
for metric in ledger.metrics(period=12):
    print(metric)

# %% [markdown]
# ## 4. What to expect, and how good such expectations were

# %%
forecaster = Forecaster.fit(ledger, by="size")
print(forecaster.explain())

# %%
print(forecaster.backtest(horizon=12, origins=4))

# %% [markdown]
# ## 5. Three scenarios on the same dice

# %%
base = Scenario("Base")
downturn = Scenario("Downturn", based_on=base).change(
    "new_customers", times=0.80, months="2026-10/2027-06", because="a fifth less pipeline"
)
price = Scenario("Price rise", based_on=base).change(
    "price", times=1.05, months="2027-01/", where={"size": "SMB"}, because="list price up 5 %"
)
runs = run([base, downturn, price], forecaster, through="2027-12", paths=2_000, seed=7)
view = compare(runs, against="Base")
view.table(at="2027-12")

# %%
_, axes = plt.subplots(figsize=(9, 4.5))
figures.arr_fan(ledger.movements(), view, axes, focus="Base")

# %%
bridge = view.bridge("Downturn", at="2027-12")
print(bridge)
_, axes = plt.subplots(figsize=(9, 4))
figures.bridge(bridge, axes, currency=ledger.currency)

# %%
_, axes = plt.subplots(figsize=(9, 4))
figures.retention_curves(cohorts, axes)

# %% [markdown]
# ## 6. The plan, sealed; a month later, the actuals against it

# %%
folder = Path(mkdtemp())
Plan.freeze(runs["Base"], name="FY27 board plan", approved_by="CFO", path=folder / "fy27.plan")
july = Ledger.read(company.ledger_frame("2026-07"), as_of="2026-07")
variance = Plan.read(folder / "fy27.plan").against(july)
print(variance)
_, axes = plt.subplots(figsize=(9, 4))
figures.plan_versus_actuals(variance, axes)
