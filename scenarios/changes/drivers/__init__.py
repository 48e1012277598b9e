"""Drivers: levers in the words of the business, told apart by the name that stands as `lever`."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from .acquisition import Acquisition
from .annual_plans import AnnualPlans
from .churn_parts import InvoluntaryChurn, PaymentRecovery, VoluntaryChurn
from .driver import Driver
from .fx import CurrencyMove
from .launch import Launch
from .marketing import Marketing
from .migration import Migration
from .named_customer import NamedCustomer
from .new_business import Discount, ListPrice, Referral, Seasonality
from .onboarding import OnboardingProgramme
from .override import Override
from .pipeline import Deal, Pipeline
from .price_rise import PriceRise
from .sales_capacity import SalesCapacity

__all__ = [
    "DRIVERS",
    "Acquisition",
    "AnnualPlans",
    "CurrencyMove",
    "Deal",
    "Discount",
    "Driver",
    "InvoluntaryChurn",
    "Launch",
    "ListPrice",
    "Marketing",
    "Migration",
    "NamedCustomer",
    "OnboardingProgramme",
    "Override",
    "PaymentRecovery",
    "Pipeline",
    "PriceRise",
    "Referral",
    "SalesCapacity",
    "Seasonality",
    "VoluntaryChurn",
]

_KINDS: Final[tuple[type[Driver], ...]] = (
    PriceRise,
    SalesCapacity,
    Pipeline,
    Marketing,
    PaymentRecovery,
    VoluntaryChurn,
    InvoluntaryChurn,
    OnboardingProgramme,
    AnnualPlans,
    Referral,
    Seasonality,
    ListPrice,
    Discount,
    Migration,
    Launch,
    Acquisition,
    NamedCustomer,
    CurrencyMove,
    Override,
)

DRIVERS: Final[Mapping[str, type[Driver]]] = MappingProxyType(
    {str(kind.model_fields["lever"].default): kind for kind in _KINDS}
)
"""Every driver by its name, in the order in which the documentation lists them."""
