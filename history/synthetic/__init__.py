"""Made-up subscription companies with known truth: the example of the demo and of the tests."""

from .company import (
    Company,
    Event,
    Leaving,
    NewBusiness,
    PriceRise,
    Segment,
    Usage,
)
from .faults import FAULTS, Fault, with_faults
from .large import large_company
from .presets import (
    PRESETS,
    annual_enterprise,
    example_company,
    mixed,
    monthly_smb,
    price_rise,
    shock,
    startup_15_months,
)
from .simulated import Simulated
from .truth import Truth

__all__ = [
    "FAULTS",
    "PRESETS",
    "Company",
    "Event",
    "Fault",
    "Leaving",
    "NewBusiness",
    "PriceRise",
    "Segment",
    "Simulated",
    "Truth",
    "Usage",
    "annual_enterprise",
    "example_company",
    "large_company",
    "mixed",
    "monthly_smb",
    "price_rise",
    "shock",
    "startup_15_months",
    "with_faults",
]
