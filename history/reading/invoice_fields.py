"""Invoice lines: their columns, and the words of other products for them.

One row is one line of an invoice. A profile that reads another product's export gives its columns
these names, and nothing else has to know the product.
"""

from __future__ import annotations

from .synonyms import SYNONYMS
from .words import kind as kind_of_line
from .words import squashed_word

__all__ = [
    "INVOICE_FIELDS",
    "INVOICE_SYNONYMS",
    "KINDS",
    "invoice_kind",
    "invoice_status",
]

INVOICE_FIELDS: dict[str, str] = {
    "invoice_id": "the invoice or credit note that the line stands on",
    "line_id": "optional; the line, unique: what comes twice is left out",
    "customer_id": "who pays",
    "subscription_id": "optional; what is renewed: consecutive lines of it make one chain",
    "invoice_date": "optional; the day of the invoice; without it the first service day",
    "start": "first service day",
    "end": "the day after the last service day",
    "amount": "the amount for the whole period, without taxes, after discounts; credits negative",
    "currency": "ISO 4217",
    "kind": "recurring, one_off, proration, credit, refund, tax",
    "quantity": "optional",
    "unit_price": "optional",
    "status": "of the invoice: paid, open, past_due, draft, void, uncollectible",
    "credit_of": "on a credit note: the invoice that it takes back",
}
"""Field -> what stands in it. Any other column is a dimension."""

INVOICE_SYNONYMS: dict[str, tuple[str, ...]] = {
    **{name: SYNONYMS[name] for name in ("customer_id", "currency", "quantity", "unit_price")},
    **{
        field: tuple(words.split())
        for field, words in {
            "invoice_id": """
                invoice_id invoice invoice_number invoice_no invoice_nr invoice_uuid document_id
                document_number doc_number rechnungs_id rechnungsnummer rechnung_nr numero_facture
                facture no_facture factura numero_factura""",
            "line_id": """
                line_id invoice_line_id line_item_id invoice_line_item_id invoice_item_id item_id
                line_uuid line_number line_no position""",
            "subscription_id": """
                subscription_id subscription sub_id subscription_number subscription_no
                subscription_uuid contract_id contract_number contract_no agreement_id
                abonnement_id vertrags_id vertragsnummer vertrag""",
            "invoice_date": """
                invoice_date date_of_invoice invoiced_on invoiced_at invoice_created_at issued_on
                issued_at issue_date date_issued billing_date billed_on billed_at finalized_at
                document_date invoice_issued rechnungsdatum date_facture date_de_facture
                fecha_factura date""",
            "start": """
                start service_start service_start_date service_period_start period_start
                period_start_date line_period_start line_start start_date service_from period_from
                date_from from_date from valid_from leistungsbeginn leistung_von debut date_debut
                date_de_debut fecha_inicio inicio""",
            "end": """
                end service_end service_end_date service_period_end period_end period_end_date
                line_period_end line_end end_date service_to service_until period_to date_to
                to_date to valid_to valid_until leistungsende leistung_bis fin date_fin date_de_fin
                fecha_fin""",
            "amount": """
                amount net_amount amount_net amount_excluding_tax amount_excl_tax line_amount_net
                line_amount line_net subtotal sub_total amount_without_tax amount_before_tax
                line_total total_excluding_tax total_amount total netto nettobetrag betrag
                montant_ht montant total_ht base_imponible importe""",
            "kind": """
                kind line_kind line_type item_type charge_type charge_kind entity_type revenue_type
                price_type type""",
            "status": "status invoice_status state invoice_state statut estado",
            "credit_of": """
                credit_of credited_invoice credited_invoice_id credit_for original_invoice
                original_invoice_id original_invoice_number reference_invoice_id
                reference_invoice applied_to_invoice related_invoice related_invoice_id
                linked_invoice_number gutschrift_zu avoir_de""",
        }.items()
    },
}
"""Field -> names of columns in other products' exports, best known first."""

KINDS = ("recurring", "one_off", "proration", "credit", "refund", "tax")
"""What a line may be; a negative recurring line is a discount, and added up."""

_KINDS = {
    "proration": "proration prorated prorate pro_rata prorated_charge prorated_credit upgrade "
    "downgrade",
    "credit": "credit credit_note creditnote credit_memo creditmemo adjustment credit_adjustment "
    "gutschrift storno avoir nota_de_credito abono",
    "refund": "refund refunded reimbursement erstattung rueckzahlung remboursement reembolso",
    "tax": "tax taxes vat sales_tax gst hst pst mwst ust umsatzsteuer tva iva",
    "recurring": "discount coupon promotion recurring_charge subscription_charge plan addon "
    "plan_item_price addon_item_price",
    "one_off": "usage metered metered_usage overage adhoc ad_hoc one_time_charge charge_item_price",
}
_STATUS = {
    "paid": "paid settled closed bezahlt payee pagada succeeded",
    "open": "open sent issued finalized posted approved authorised authorized not_paid payment_due "
    "pending processing partially_paid active offen emise",
    "past_due": "past_due overdue unpaid delinquent in_dunning ueberfaellig en_retard",
    "draft": "draft proforma pro_forma entwurf brouillon borrador",
    "void": "void voided cancelled canceled deleted storniert annule annulee anulada",
    "uncollectible": "uncollectible written_off write_off bad_debt uneinbringlich irrecouvrable "
    "failed",
}
_KIND_WORDS = {squashed_word(word): kind for kind, text in _KINDS.items() for word in text.split()}
_STATUS_WORDS = {
    squashed_word(word): status for status, text in _STATUS.items() for word in text.split()
}


def invoice_kind(text: str) -> str | None:
    """Give the kind of an invoice line that a word means, None for an unknown one.

    Usage is `one_off`: it is revenue, and no part of what recurs.

    Examples
    --------
    >>> [invoice_kind(word) for word in ("Credit memo", "Setup fee", "Subscription", "purple")]
    ['credit', 'one_off', 'recurring', None]
    """
    return _KIND_WORDS.get(squashed_word(text)) or kind_of_line(text)


def invoice_status(text: str) -> str | None:
    """Give the state of an invoice that a word means, None for an unknown one.

    Examples
    --------
    >>> [invoice_status(word) for word in ("Paid", "VOIDED", "past due", "purple")]
    ['paid', 'void', 'past_due', None]
    """
    return _STATUS_WORDS.get(squashed_word(text))
