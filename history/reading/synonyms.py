"""The words of other products for the columns of a ledger, best known first."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from ..money import CURRENCIES

__all__ = [
    "FIELDS",
    "MONTHS",
    "SYNONYMS",
    "currency_in_name",
    "is_known_name",
    "month_of_header",
    "plain",
    "squashed",
    "stripped_names",
]

SYNONYMS: dict[str, tuple[str, ...]] = {
    field: tuple(words.split())
    for field, words in {
        "customer_id": """
            customer_id customer account_id account client_id client customer_number customer_no
            customer_nr customer_code customer_key customer_ref customer_uuid account_number
            account_no account_code company_id organization_id organisation_id org_id org
            organization organisation company tenant_id tenant workspace_id workspace subscriber_id
            subscriber member_id user_id payer_id payer bill_to billing_account_id household_id
            customer_external_id external_customer_id customer_name client_name account_name
            company_name organization_name client_no client_number customer_email
            kunden_id kunden_nr kundennummer kunde debitor debitorennummer id_client
            numero_client no_client code_client id_cliente cliente member user email""",
        "subscription_id": """
            subscription_id subscription sub_id subscription_number subscription_no
            subscription_uuid subscription_line_id subscription_item_id line_id item_id
            order_line_id contract_id contract_number contract_no agreement_id abonnement_id
            vertrags_id vertragsnummer vertrag line_item_id order_id id""",
        "start": """
            start start_date started_at started_on start_at starts_at starts_on date_start
            service_start service_start_date service_period_start subscription_start
            subscription_start_date period_start valid_from effective_from effective_start_date
            active_from activated_at activation_date activated_on begin begin_date begins_at
            from_date date_from from billing_start_date billing_start contract_start
            contract_start_date effective_date subscribed_at subscribed_on created_date created_at
            created created_on creation_date date_created signup_date sign_up_date signed_up_at
            joined_at joined_on joined join_date customer_since
            beginn startdatum vertragsbeginn gueltig_ab gultig_ab debut date_debut date_de_debut
            fecha_inicio inicio""",
        "end": """
            end end_date ended_at ended_on end_at ends_at ends_on date_end service_end
            service_end_date service_period_end subscription_end subscription_end_date
            period_end valid_to valid_until effective_to effective_end_date active_until active_to
            to_date date_to to until churn_date churned_at churned_on terminated_at
            termination_date terminated_on deactivated_at cancellation_date cancelled_date
            canceled_date cancel_date cancelled_at canceled_at cancelled_on canceled_on
            date_cancelled date_canceled expires_at expiry_date expiration_date expired_at
            ende enddatum gueltig_bis gultig_bis fin date_fin date_de_fin fecha_fin cancelled
            canceled""",
        "term_end": """
            term_end term_end_date contract_end contract_end_date contract_term_end
            commitment_end commitment_end_date committed_until current_term_end renewal_date
            renews_at renews_on renewal next_renewal_date next_renewal vertragsende laufzeitende
            fin_engagement date_echeance""",
        "mrr": """
            mrr mrr_amount amount_mrr mrr_value monthly_recurring_revenue normalized_mrr
            normalised_mrr monthly_amount monthly_price monthly_fee monthly_charge monthly_charges
            monthly_cost monthly_revenue monthly_value amount_monthly price_monthly
            amount_per_month price_per_month fee_per_month monatsbetrag monatspreis
            montant_mensuel prix_mensuel""",
        "amount": """
            amount price subscription_amount subscription_cost subscription_price subscription_fee
            plan_amount plan_price recurring_amount recurring_price recurring_fee recurring_charge
            billing_amount net_amount amount_net net_price price_paid charge_amount charge fee cost
            line_amount contract_value total_amount total_price value total betrag preis montant
            prix importe precio""",
        "arr": """
            arr arr_amount amount_arr annual_recurring_revenue annual_amount annual_price
            annual_fee annual_value annual_revenue annual_charge yearly_amount yearly_price
            yearly_fee amount_annual amount_per_year price_per_year annualized_amount
            annualised_amount acv annual_contract_value jahresbetrag jahrespreis montant_annuel
            prix_annuel""",
        "interval": """
            interval billing_interval subscription_interval interval_unit billing_period_unit
            period_unit billing_frequency billing_cycle billing_period frequency period cycle
            plan_interval price_interval recurring_interval recurrence invoice_frequency
            invoicing_frequency payment_frequency payment_interval billing interval_months
            period_months billing_months abrechnungsintervall abrechnungszeitraum zahlungsweise
            intervall periodicite frequence frecuencia""",
        "interval_count": """
            interval_count billing_interval_count subscription_interval_count
            billing_period_count period_count recurring_interval_count plan_interval_count
            interval_length frequency_count billing_period""",
        "currency": """
            currency currency_code curr ccy iso_currency currency_iso billing_currency
            plan_currency price_currency invoice_currency waehrung wahrung devise monnaie moneda""",
        "quantity": """
            quantity qty seats seat_count number_of_seats num_seats licenses licences
            license_count licence_count units menge anzahl quantite cantidad""",
        "unit_price": """
            unit_price price_per_unit price_per_seat seat_price per_seat_price unit_amount
            stueckpreis stuckpreis einzelpreis prix_unitaire precio_unitario""",
        "list_price": """
            list_price price_list catalog_price catalogue_price full_price undiscounted_price
            gross_price rack_rate listenpreis prix_catalogue""",
        "kind": """
            kind charge_type charge_kind line_type item_type revenue_type price_type
            is_recurring recurring type""",
        "status": """
            status subscription_status state subscription_state statut estado""",
        "is_trial": "is_trial trial trial_flag on_trial in_trial",
        "churn_reason": """
            churn_reason churn_type cancellation_reason cancel_reason cancellation_type
            reason_for_churn""",
        "requested": """
            requested requested_at requested_on request_date cancellation_requested_at
            cancellation_requested_on cancellation_requested cancellation_request_date
            cancel_requested_at notice_given_at notice_given_on notice_given notice_date
            canceled_at cancelled_at canceled_on cancelled_on cancellation_date canceled_date
            cancelled_date cancel_date date_canceled date_cancelled kuendigungsdatum
            kuendigung_am""",
        "effective": """
            effective effective_end effective_end_date effective_cancellation_date
            cancellation_effective_date cancellation_effective_at churn_effective_date ended_at
            ended_on terminated_at terminated_on termination_date deactivated_at""",
        "discount_kind": """
            discount_kind discount_duration discount_type coupon_duration coupon_type discount""",
        "month": """
            month snapshot_month reporting_month year_month month_end snapshot_date
            as_of_month as_of as_of_date reporting_date monat mois mes date period""",
    }.items()
}
"""Field -> names of columns in other products' exports, best known first."""

FIELDS: tuple[str, ...] = tuple(SYNONYMS)
"""The fields that a column may be mapped to."""

MONTHS: dict[str, int] = {
    word: number
    for number, words in enumerate(
        (
            "jan january januar janvier janv jaenner ene enero gen gennaio januari",
            "feb february februar fevrier fevr fev febrero febbraio februari",
            "mar march maerz marz mrz mars marzo maart mrt",
            "apr april avril avr abr abril aprile",
            "may mai mayo maggio mag mei",
            "jun june juni juin junio giugno giu",
            "jul july juli juillet juil julio luglio lug",
            "aug august aout aou ago agosto augustus",
            "sep sept september septembre septiembre settembre set",
            "oct october oktober okt octobre octubre ottobre ott",
            "nov november novembre noviembre",
            "dec december dezember dez decembre dic diciembre dicembre",
        ),
        start=1,
    )
    for word in words.split()
}
"""Names of months in six languages, without accents -> number."""

_NOISE = frozenset({"utc", "gmt", "local", "iso"}) | {code.lower() for code in CURRENCIES}
_PREFIXES = frozenset({"subscription", "billing", "service", "line", "stripe", "sub"})
_HEADER_MONTH = re.compile(r"(\d{4})[-/.](\d{1,2})(?:[-/.]\d{1,2}(?:[T ]00:00(?::00)?)?)?")
_HEADER_REVERSED = re.compile(r"(\d{1,2})[-/.](\d{4})")
_HEADER_NAMED = re.compile(r"([^\W\d_]+)\.?[ \-/']*(\d{4}|\d{2})")


def plain(text: str) -> str:
    """Give a text in small letters without accents.

    Examples
    --------
    >>> plain(" Févr. ")
    'fevr.'
    """
    if text.isascii():
        return text.strip().lower()
    folded = unicodedata.normalize("NFKD", text.strip().casefold().replace("ß", "ss"))
    return "".join(sign for sign in folded if not unicodedata.combining(sign))


@cache
def squashed(name: str) -> str:
    """Give a name without capitals, accents and anything but letters and digits.

    Examples
    --------
    >>> squashed("Customer ID"), squashed("customerId"), squashed("customer_id")
    ('customerid', 'customerid', 'customerid')
    """
    return "".join(sign for sign in plain(name) if sign.isalnum())


def _tokens(name: str) -> list[str]:
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return re.findall(r"[a-z0-9]+", plain(apart))


def stripped_names(name: str) -> tuple[str, ...]:
    """Give a column's name squashed: as it is, without units, and without units and prefixes.

    Examples
    --------
    >>> stripped_names("Subscription Start (UTC)")
    ('subscriptionstartutc', 'subscriptionstart', 'start')
    """
    tokens = _tokens(name)
    bare = [token for token in tokens if token not in _NOISE]
    short = [token for token in bare if token not in _PREFIXES]
    return squashed(name), "".join(bare), "".join(short)


def currency_in_name(name: str) -> str | None:
    """Give the currency that a column's name says, as in `mrr_usd` or `Amount (EUR)`.

    Examples
    --------
    >>> currency_in_name("Amount (EUR)"), currency_in_name("amount")
    ('EUR', None)
    """
    codes = [t.upper() for t in _tokens(name)[1:] if t.upper() in CURRENCIES and t != "all"]
    return codes[0] if len(codes) == 1 else None


@cache
def _known() -> frozenset[str]:
    return frozenset(squashed(word) for words in SYNONYMS.values() for word in words)


def is_known_name(name: str) -> bool:
    """Say whether a cell could be the name of a column that ledgers have."""
    return bool(name.strip()) and any(form in _known() for form in stripped_names(name) if form)


def month_of_header(name: str) -> str | None:
    """Give the month that a column's name says, as YYYY-MM.

    Examples
    --------
    >>> [month_of_header(t) for t in ("2024-03", "03/2024", "Mar 24", "févr. 2025", "plan")]
    ['2024-03', '2024-03', '2024-03', '2025-02', None]
    """
    text = name.strip()
    if match := _HEADER_MONTH.fullmatch(text):
        year, month = int(match[1]), int(match[2])
    elif match := _HEADER_REVERSED.fullmatch(text):
        year, month = int(match[2]), int(match[1])
    elif (match := _HEADER_NAMED.fullmatch(plain(text))) and match[1] in MONTHS:
        year, month = int(match[2]), MONTHS[match[1]]
        year += 2000 if year < 100 else 0
    else:
        return None
    if not (1 <= month <= 12 and 1970 <= year < 2200):
        return None
    return f"{year:04d}-{month:02d}"
