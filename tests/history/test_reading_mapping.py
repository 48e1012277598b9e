"""The guess of the mapping: other products' words, types of values, doubts told."""

import pandas as pd
import pytest
from reading_help import found, read, read_text

from history.errors import InputError, UnknownNameError
from history.findings import Findings


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        (
            "customer_id,created_date,canceled_date,subscription_cost,subscription_interval,paid",
            "1,2022-09-01,,39,month,Yes",
            {
                "customer_id": "customer_id",
                "start": "created_date",
                "end": "canceled_date",
                "amount": "subscription_cost",
                "interval": "subscription_interval",
            },
        ),
        (
            "subscription_id,account_id,start_date,end_date,mrr_amount,arr,is_trial,frequency,seats",
            "S-1,A-1,2023-12-23,,2786,33432,False,annual,14",
            {
                "subscription_id": "subscription_id",
                "customer_id": "account_id",
                "start": "start_date",
                "end": "end_date",
                "mrr": "mrr_amount",
                "is_trial": "is_trial",
                "interval": "frequency",
                "quantity": "seats",
            },
        ),
        (
            "id,Customer ID,Plan,Start (UTC),Canceled At (UTC),Amount,Currency,Interval,Status",
            "sub_1,cus_1,gold,2024-01-01 10:00,,10.00,usd,month,active",
            {
                "subscription_id": "id",
                "customer_id": "Customer ID",
                "start": "Start (UTC)",
                "end": "Canceled At (UTC)",
                "amount": "Amount",
                "currency": "Currency",
                "interval": "Interval",
                "status": "Status",
            },
        ),
        (
            "customerId,subscriptionStart,subscriptionEnd,contractEnd,annualAmount",
            "1,2024-01-01,,2025-01-01,1200",
            {
                "customer_id": "customerId",
                "start": "subscriptionStart",
                "end": "subscriptionEnd",
                "term_end": "contractEnd",
                "arr": "annualAmount",
            },
        ),
        (
            "Kunde;Beginn;Ende;Betrag;Zahlungsweise;Währung",
            "K1;01.02.2024;;12,50;monatlich;EUR",
            {
                "customer_id": "Kunde",
                "start": "Beginn",
                "end": "Ende",
                "amount": "Betrag",
                "interval": "Zahlungsweise",
                "currency": "Währung",
            },
        ),
        (
            "client;date_debut;date_fin;montant;périodicité;devise",
            "C1;01.02.2024;;12,50;annuel;EUR",
            {
                "customer_id": "client",
                "start": "date_debut",
                "end": "date_fin",
                "amount": "montant",
                "interval": "périodicité",
                "currency": "devise",
            },
        ),
        (
            "customer_id,start,amount,billing_period,billing_period_unit",
            "1,2024-01-01,300,3,month",
            {
                "customer_id": "customer_id",
                "start": "start",
                "amount": "amount",
                "interval": "billing_period_unit",
                "interval_count": "billing_period",
            },
        ),
    ],
)
def test_words_of_other_products(tmp_path, header, row, expected):
    currency = None if "urrency" in header or "EUR" in row else "USD"
    reading, lines = read_text(tmp_path, f"{header}\n{row}\n", currency=currency)
    assert dict(reading.mapping) == expected
    assert reading.mapping.guessed == set(expected)
    assert len(found(reading, "mapping")) == len(expected)
    assert len(lines) == 1


def test_told_columns_win_and_are_not_notes(tmp_path):
    reading, lines = read_text(
        tmp_path,
        "customer_id,parent,start,mrr\nA,P,2024-01-01,7\n",
        currency="EUR",
        columns={"customer_id": "parent"},
    )
    assert lines["customer"].tolist() == ["P"]
    assert reading.dimensions == ("customer_id",)
    assert "customer_id" not in reading.mapping.guessed


def test_a_guess_can_be_refused(tmp_path):
    reading, lines = read_text(
        tmp_path,
        "customer_id,start,canceled_at,mrr\nA,2024-01-01,2024-05-01,7\n",
        currency="EUR",
        columns={"end": ""},
    )
    assert lines["end_date"].isna().all()
    assert reading.mapping["requested"] == "canceled_at"


def test_better_known_name_wins_and_the_other_is_told(tmp_path):
    reading, _ = read_text(
        tmp_path,
        "customer_id,created_at,start_date,mrr\nA,2023-01-01,2024-01-01,7\n",
        currency="EUR",
    )
    assert reading.mapping["start"] == "start_date"
    assert [column for _, column, _ in found(reading, "mapping-choice")] == ["start_date"]
    assert "'created_at'" in str(
        Findings(f for f in reading.findings if f.rule == "mapping-choice")
    )


def test_mrr_wins_over_other_prices_and_says_so(tmp_path):
    reading, lines = read_text(
        tmp_path,
        "customer_id,start,mrr,arr,billing_frequency\nA,2024-01-01,10,120,annual\n",
        currency="EUR",
    )
    assert lines["mrr"].tolist() == [1000]
    assert lines["interval_months"].tolist() == [12]
    assert reading.dimensions == ("arr",)
    assert found(reading, "interval-of-mrr")
    assert found(reading, "mapping-choice")


def test_values_decide_against_a_name(tmp_path):
    reading, _ = read_text(
        tmp_path,
        "customer_id,created,start_date,mrr\nA,by hand,2024-01-01,7\n",
        currency="EUR",
    )
    assert reading.mapping["start"] == "start_date"
    reading, lines = read_text(
        tmp_path,
        "customer_id,start,mrr,type,churn_reason\nA,2024-01-01,7,SMB,too expensive\n",
        currency="EUR",
    )
    assert reading.dimensions == ("type", "churn_reason_in_file")
    assert lines["kind"].tolist() == ["recurring"]


def test_missing_fields_are_all_named_with_the_way_to_map(tmp_path):
    with pytest.raises(InputError) as caught:
        read_text(tmp_path, "kto,od,kwota\nA,2024-01-01,7\n", currency="EUR")
    said = str(caught.value)
    assert "customer_id, start, mrr (or amount with interval, or arr)" in said
    assert "kto, od, kwota" in said
    assert "--map customer_id=COLUMN" in said


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("invoice_id,customer,invoice_date,amount\n1,A,2024-01-01,7\n", "looks like invoice lines"),
        (
            "month,new,expansion,contraction,churn\n2024-01,1,2,3,4\n",
            "looks like a (finished table of movements|customer x month)",
        ),
    ],
)
def test_other_shapes_get_a_clear_message(tmp_path, text, hint):
    with pytest.raises(InputError, match=hint):
        read_text(tmp_path, text, currency="EUR")


def test_unknown_field_and_column_in_a_told_mapping(tmp_path):
    text = "customer_id,start,mrr\nA,2024-01-01,7\n"
    with pytest.raises(UnknownNameError, match="Did you mean 'customer_id'"):
        read_text(tmp_path, text, currency="EUR", columns={"custmer_id": "customer_id"})
    with pytest.raises(UnknownNameError, match="Did you mean 'start'"):
        read_text(tmp_path, text, currency="EUR", columns={"start": "strat"})


def test_dimensions_keep_their_names_and_give_way_to_standard_ones(tmp_path):
    reading, lines = read_text(
        tmp_path,
        """
        customer_id,start_date,mrr,Plan "A",kind,row,note
        A,2024-01-01,7,gold,enterprise,9,
        """.replace('Plan "A"', '"Plan ""A"""'),
        currency="EUR",
    )
    assert reading.dimensions == ('Plan "A"', "kind_in_file", "row_in_file", "note")
    assert lines['Plan "A"'].tolist() == ["gold"]
    assert lines["row_in_file"].tolist() == ["9"]
    assert lines["note"].isna().all()


def test_mapping_reads_like_a_command(tmp_path):
    reading, _ = read_text(
        tmp_path,
        "client,start,mrr\nA,2024-01-01,7\n",
        currency="EUR",
        columns={"mrr": "mrr"},
    )
    assert str(reading.mapping) == "customer_id=client (guessed), start=start (guessed), mrr=mrr"


def test_frame_with_named_index_and_odd_types():
    frame = pd.DataFrame(
        {
            "start": pd.PeriodIndex(["2024-01", "2024-02"], freq="M"),
            "mrr": pd.array([7, None], dtype="Int64"),
            "size": pd.Categorical(["SMB", None]),
            "flag": pd.array([True, None], dtype="boolean"),
            "seen": [pd.Timestamp("2024-01-01"), "never"],
        },
        index=pd.Index([154536156.0, 2.0], name="customer_id"),
    )
    reading, lines = read(frame, currency="EUR")
    assert lines["customer"].tolist() == ["154536156"]
    assert lines["flag"].tolist() == ["True"]
    assert reading.rejected["row"].tolist() == [3]
