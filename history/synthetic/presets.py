"""Ready companies: the example of the demo, and small ones that behave differently."""

from __future__ import annotations

from dataclasses import replace

from .company import (
    Company,
    Event,
    Leaving,
    NewBusiness,
    PriceRise,
    Segment,
    Usage,
)

_PRICES = (("Starter", 1500), ("Team", 2200), ("Business", 3200), ("Enterprise", 4500))

_SMB_SEASON = (1.16, 1.04, 1.06, 1.00, 0.98, 0.94, 0.84, 0.78, 1.12, 1.10, 1.06, 0.92)
_MID_SEASON = (0.92, 0.96, 1.16, 0.96, 0.98, 1.14, 0.80, 0.74, 1.12, 1.00, 1.04, 1.18)
_QUARTER_ENDS = (0.55, 0.75, 1.50, 0.65, 0.80, 1.55, 0.55, 0.50, 1.35, 0.70, 0.95, 2.15)
_SMB_LEAVES = (1.14, 1.00, 0.96, 0.96, 0.96, 1.00, 1.10, 1.12, 0.94, 0.92, 0.92, 0.98)


def _smb() -> Segment:
    return Segment(
        name="SMB",
        new=NewBusiness(28.0, growth=0.050, fade=17.0, season=_SMB_SEASON, dispersion=0.012),
        terms=((1, 0.80), (12, 0.20)),
        plans=(("Starter", 0.55), ("Team", 0.40), ("Business", 0.05)),
        seats=(3.2, 0.75),
        leaving=Leaving(
            monthly=(0.75, 20.0),
            renewal=(1.2, 5.2),
            payment_failure=0.012,
            recovery=0.62,
            win_back=0.006,
            repaired=0.12,
            pause=0.0012,
            season=_SMB_LEAVES,
        ),
        usage=Usage(
            expansion=0.045,
            expansion_size=0.36,
            expansion_late=0.60,
            expansion_fade=10.0,
            contraction=0.012,
            contraction_size=0.6,
            upgrade=0.0042,
            downgrade=0.0010,
        ),
        billing=((12, 1.0),),
        channels=(("Inbound", 0.62), ("Product", 0.28), ("Partner", 0.10)),
        promotion=0.15,
        founders=24,
    )


def _mid_market() -> Segment:
    return Segment(
        name="Mid-Market",
        new=NewBusiness(
            6.4, growth=0.050, fade=16.0, season=_MID_SEASON, dispersion=0.03, lead_days=21
        ),
        terms=((1, 0.28), (12, 0.66), (24, 0.06)),
        plans=(("Team", 0.45), ("Business", 0.48), ("Enterprise", 0.07)),
        seats=(13.0, 0.55),
        leaving=Leaving(
            monthly=(0.8, 38.0),
            renewal=(1.1, 8.6),
            payment_failure=0.005,
            recovery=0.75,
            win_back=0.004,
            repaired=0.12,
            pause=0.0006,
        ),
        usage=Usage(
            expansion=0.058,
            expansion_size=0.24,
            expansion_late=0.50,
            expansion_fade=14.0,
            contraction=0.008,
            contraction_size=0.5,
            upgrade=0.0035,
            downgrade=0.0008,
        ),
        billing=((12, 0.76), (3, 0.14), (1, 0.10)),
        channels=(("Inbound", 0.40), ("Outbound", 0.38), ("Partner", 0.22)),
        discount=0.10,
        founders=5,
    )


def _enterprise() -> Segment:
    return Segment(
        name="Enterprise",
        new=NewBusiness(
            1.25, growth=0.045, fade=16.0, season=_QUARTER_ENDS, dispersion=0.06, lead_days=50
        ),
        terms=((12, 0.70), (24, 0.12), (36, 0.18)),
        plans=(("Business", 0.45), ("Enterprise", 0.55)),
        seats=(48.0, 0.65),
        leaving=Leaving(renewal=(1.1, 10.4), win_back=0.003),
        usage=Usage(
            expansion=0.085,
            expansion_size=0.20,
            expansion_late=0.60,
            expansion_fade=16.0,
            contraction=0.009,
            contraction_size=0.5,
            upgrade=0.0025,
            downgrade=0.0005,
        ),
        billing=((12, 0.84), (3, 0.16)),
        channels=(("Outbound", 0.66), ("Partner", 0.26), ("Inbound", 0.08)),
        discount=0.24,
        founders=1,
    )


def example_company() -> Company:
    """Return the company of the demo: about 3,000 customers ever over 48 months to 2026-06.

    Three sizes of customer, monthly and annual contracts, a price list raised three times, an
    outage in spring 2024, a weak first half of 2025 in enterprise sales, North America opened in
    2024.
    """
    return Company(
        name="Example Company",
        segments=(_smb(), _mid_market(), _enterprise()),
        prices=_PRICES,
        regions=(("DACH", 0.42), ("France", 0.24), ("Nordics", 0.16), ("North America", 0.30)),
        openings={"North America": "2024-01"},
        price_rises=(
            PriceRise("2023-10", 0.05, monthly_from="2024-01", churn=1.3),
            PriceRise("2024-10", 0.06, monthly_from="2025-01", churn=1.5),
            PriceRise("2025-11", 0.05, monthly_from="2026-02", churn=1.35),
        ),
        events=(
            Event("2024-04", "2024-05", churn=1.6, new=0.85, segment="SMB"),
            Event("2025-01", "2025-06", new=0.65, segment="Enterprise"),
            Event("2025-03", "2025-09", expansion=0.75),
        ),
    )


def _plain(company: Company, name: str) -> Company:
    """Return a company without price rises and events."""
    return replace(company, name=name, price_rises=(), events=())


def monthly_smb() -> Company:
    """Return a company of small monthly customers only, falling hazards, no price rises."""
    smb = replace(_smb(), terms=((1, 1.0),), promotion=0.0)
    leaving = replace(smb.leaving, pause=0.0)
    return replace(
        _plain(example_company(), "Monthly SMB"), segments=(replace(smb, leaving=leaving),)
    )


def annual_enterprise() -> Company:
    """Return a company of about 300 customers on contracts of one to three years."""
    big = _enterprise()
    new = replace(big.new, level=3.6, dispersion=0.02)
    return replace(
        _plain(example_company(), "Annual Enterprise"),
        segments=(replace(big, new=new, founders=8),),
    )


def mixed() -> Company:
    """Return the example's three segments without its price rises and events."""
    return _plain(example_company(), "Mixed")


def price_rise() -> Company:
    """Return a company that raises its prices by 12 % once, fifteen months before the end.

    New customers pay from 2025-03, monthly customers from 2025-05 (and leave more often then),
    contracts from their renewal.
    """
    rise = PriceRise("2025-03", 0.12, monthly_from="2025-05", churn=2.0)
    return replace(
        _plain(example_company(), "Price Rise"),
        segments=(_smb(), _mid_market()),
        price_rises=(rise,),
    )


def startup_15_months() -> Company:
    """Return a company with fifteen months of history and fast growth."""
    smb, mid = _smb(), _mid_market()
    return replace(
        _plain(example_company(), "Start-up"),
        first="2025-04",
        segments=(
            replace(smb, new=replace(smb.new, level=12.0, growth=0.14, fade=15.0), founders=8),
            replace(mid, new=replace(mid.new, level=1.8, growth=0.13, fade=15.0), founders=2),
        ),
        openings={},
    )


def shock() -> Company:
    """Return a company hit by a crisis: four months of 2025 with half the sales, twice the churn.

    Sales recover over the half year that follows.
    """
    return replace(
        mixed(),
        name="Shock",
        events=(
            Event("2025-03", "2025-06", new=0.5, churn=2.0, expansion=0.4),
            Event("2025-07", "2025-12", new=0.8, churn=1.2, expansion=0.8),
        ),
    )


PRESETS = {
    "example": example_company,
    "monthly_smb": monthly_smb,
    "annual_enterprise": annual_enterprise,
    "mixed": mixed,
    "price_rise": price_rise,
    "startup_15_months": startup_15_months,
    "shock": shock,
}
"""The ready companies by name."""
