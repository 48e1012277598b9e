"""Words for the names of levers, of drivers and of a driver's numbers."""

from __future__ import annotations

from typing import Final

from history.language import language, marked, say

LEVER_WORDS: Final = {
    "new_customers": marked("new customers"),
    "new_arpa": marked("new ARPA"),
    "churn": marked("churn"),
    "onboarding": marked("onboarding"),
    "annual_share": marked("annual share"),
    "expansion": marked("expansion"),
    "contraction": marked("contraction"),
    "reactivation": marked("reactivation"),
    "price": marked("price"),
    "fx_index": marked("FX index"),
    "one_off": marked("one off"),
    "acquired_customers": marked("acquired customers"),
    "acquired_mrr": marked("acquired MRR"),
    "acquired_churn": marked("acquired churn"),
    "new_mrr": marked("new MRR"),
    "expansion_mrr": marked("expansion MRR"),
    "contraction_mrr": marked("contraction MRR"),
    "churn_mrr": marked("churn MRR"),
    "reactivation_mrr": marked("reactivation MRR"),
    "acquisition": marked("acquisition"),
    "annual_plans": marked("annual plans"),
    "payment_recovery": marked("payment recovery"),
    "voluntary_churn": marked("voluntary churn"),
    "involuntary_churn": marked("involuntary churn"),
    "fx": marked("exchange rate"),
    "launch": marked("launch"),
    "marketing": marked("marketing"),
    "migration": marked("migration"),
    "named_customer": marked("named customer"),
    "referral": marked("referral"),
    "seasonality": marked("seasonality"),
    "discount": marked("discount"),
    "list_price": marked("list price"),
    "onboarding_programme": marked("onboarding programme"),
    "override": marked("override"),
    "pipeline": marked("pipeline"),
    "price_rise": marked("price rise"),
    "sales_capacity": marked("sales capacity"),
    "arpa": marked("ARPA"),
    "arr": marked("ARR"),
    "mrr": marked("MRR"),
    "cac": marked("CAC"),
    "attainment": marked("attainment"),
    "chances": marked("chances"),
    "change": marked("change"),
    "churn_per_percent": marked("churn per percent"),
    "churn_times": marked("churn times"),
    "cost": marked("cost"),
    "customers": marked("customers"),
    "downgrade": marked("downgrade"),
    "downgrade_loss": marked("downgrade loss"),
    "elasticity": marked("elasticity"),
    "extra_churn": marked("extra churn"),
    "hires": marked("hires"),
    "integration": marked("integration"),
    "involuntary_share": marked("involuntary share"),
    "leavers": marked("leavers"),
    "now": marked("now"),
    "other_cost": marked("other cost"),
    "plus": marked("plus"),
    "probability": marked("probability"),
    "quota": marked("quota"),
    "rate": marked("rate"),
    "reach": marked("reach"),
    "reference": marked("reference"),
    "reps": marked("reps"),
    "rest": marked("rest"),
    "returns": marked("returns"),
    "reward": marked("reward"),
    "sales_cost": marked("sales cost"),
    "saves": marked("saves"),
    "setup": marked("setup"),
    "share": marked("share"),
    "slips": marked("slips"),
    "spend": marked("spend"),
    "takers": marked("takers"),
    "then": marked("then"),
    "times": marked("times"),
    "uplift": marked("uplift"),
}
"""Name of a lever, or of a driver or its number -> its words."""


def lever_told(name: str) -> str:
    """Name a lever inside a sentence: as files have it in English, in words elsewhere.

    Examples
    --------
    >>> lever_told("new_customers")
    'new_customers'
    """
    return name if language() == "en" else say(LEVER_WORDS[name])
