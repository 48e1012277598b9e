"""The download loses nothing, repeats nothing, waits when told, and keeps its secrets."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import stripe
from stripe_fake import KEY, Fake
from stripe_help import TODAY, Serve, alone, fetch, frame, serve
from stripe_shop import Shop, at

from history import InputError
from history.connectors.stripe import access
from history.connectors.stripe import download as downloading

__all__ = ["alone", "serve"]


@pytest.fixture
def shop() -> Shop:
    made = Shop()
    price = made.price(1500)
    for number in range(1, 13):
        made.subscribe(f"2025-{number:02d}-15", (price, number))
    made.close_month(TODAY)
    return made


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloading, "PAGE", 10)


def kept(folder: Path, name: str) -> list[dict[str, Any]]:
    path = folder / "stripe" / "raw" / f"{name}.jsonl.gz"
    with gzip.open(path, "rt") as file:
        return [json.loads(line) for line in file]


def everything(folder: Path) -> dict[str, bytes]:
    """All bytes of a download, those inside of archives too."""
    found = {}
    for path in sorted((folder / "stripe").rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            found[path.name] = gzip.decompress(data) if path.suffix == ".gz" else data
    return found


def assert_whole(shop: Shop, folder: Path) -> None:
    for name, rows in shop.objects.items():
        if name in {"prices", "invoiceitems"}:
            continue
        ids = [each["id"] for each in kept(folder, name)] if rows else []
        assert sorted(ids) == sorted(each["id"] for each in rows), name


@pytest.mark.usefixtures("small_pages")
def test_all_pages_of_all_lists(shop: Shop, serve: Serve, tmp_path: Path) -> None:
    fake = serve(shop)
    fetched = fetch(tmp_path)
    assert_whole(shop, tmp_path)
    assert len(fake.asked) == len(set(fake.asked))
    assert sum("/v1/invoices?" in path for path in fake.asked) == -(
        -len(shop.objects["invoices"]) // 10
    )
    assert fetched.invoice_lines == len(shop.objects["invoices"])


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("fault", ["429", "500", "503", "cut", "garbage", "drop"])
def test_faults_of_the_network_and_the_server_change_nothing(
    fault: str, shop: Shop, serve: Serve, tmp_path: Path, alone: list[float]
) -> None:
    fake = serve(shop)
    fake.faults.extend(["", "", fault, fault, "", fault, fault, fault, fault])
    said: list[str] = []
    fetch(tmp_path, say=said.append)
    assert_whole(shop, tmp_path)
    assert any("trying again" in text for text in said)
    if fault == "429":
        assert 7.0 in alone
        assert any("limits the rate" in text and "7 s" in text for text in said)


def test_a_server_that_hangs_is_asked_again(
    shop: Shop, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access.Account.__init__, "__kwdefaults__", {"timeout": (1.0, 0.3)})
    fake = serve(shop)
    fake.faults.extend(["hang", "hang", "hang", "hang"])
    monkeypatch.setattr("stripe_fake.time.sleep", _really_sleep)
    fetch(tmp_path)
    assert_whole(shop, tmp_path)


def _really_sleep(seconds: float) -> None:
    import threading

    threading.Event().wait(seconds if seconds == 0.5 else 0)


@pytest.mark.usefixtures("small_pages")
def test_a_download_that_was_stopped_goes_on(shop: Shop, serve: Serve, tmp_path: Path) -> None:
    fake = serve(shop)
    whole = fetch(tmp_path / "at once")
    asked = list(fake.asked)
    wanted = {name: kept(tmp_path / "at once", name) for name in ("subscriptions", "invoices")}
    for stop in range(0, len(asked), 7):
        folder, fake.stop_after, fake.asked = tmp_path / str(stop), stop, []
        with pytest.raises(InputError, match="what was read is kept"):
            fetch(folder)
        first, fake.stop_after, fake.asked = fake.asked[:stop], None, []
        fetched = fetch(folder)
        assert first + fake.asked == asked, "a page was asked for twice, or never"
        assert {name: kept(folder, name) for name in wanted} == wanted
        assert frame(fetched.subscriptions).equals(frame(whole.subscriptions))
        assert frame(fetched.invoices).equals(frame(whole.invoices))


@pytest.mark.usefixtures("small_pages")
def test_killed_between_the_page_and_the_cursor(
    shop: Shop, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(shop)
    replace = Path.replace
    left = 15  # in the middle of the invoices

    def killed(self: Path, target: Path) -> Path:
        nonlocal left
        left -= self.name == "cursor.part"
        if left == 0:
            raise KeyboardInterrupt
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        fetch(tmp_path)
    raw = tmp_path / "stripe" / "raw" / "invoices.jsonl.gz"
    raw.write_bytes(raw.read_bytes() + b"half a pa")
    fetch(tmp_path)
    assert_whole(shop, tmp_path)


@pytest.mark.usefixtures("small_pages")
def test_what_is_made_during_the_download_is_not_in_it(
    shop: Shop, serve: Serve, tmp_path: Path
) -> None:
    fake = serve(shop)
    before = {name: list(rows) for name, rows in shop.objects.items()}
    fake.stop_after = 20
    with pytest.raises(InputError):
        fetch(tmp_path)
    fake.stop_after = None
    late = Shop()
    late._count = 900_000
    late.subscribe("2026-04-01", (shop.objects["prices"][0], 1))
    late.close_month("2026-04-02")
    for name, rows in late.objects.items():
        shop.objects[name].extend(rows)
    fetch(tmp_path)
    shop.objects.update(before)
    assert_whole(shop, tmp_path)


@pytest.mark.usefixtures("small_pages")
def test_a_draft_that_is_deleted_under_the_cursor(shop: Shop, serve: Serve, tmp_path: Path) -> None:
    fake = serve(shop)
    fake.stop_after = sum("/v1/invoices" not in path for path in _lists_before("invoices")) + 3
    with pytest.raises(InputError):
        fetch(tmp_path)
    fake.stop_after = None
    last = kept(tmp_path, "invoices")[-1]["id"]
    gone = [each for each in shop.objects["invoices"] if each["id"] == last]
    shop.objects["invoices"].remove(gone[0])
    fetch(tmp_path)
    shop.objects["invoices"] += gone  # it was read before
    assert_whole(shop, tmp_path)


def _lists_before(name: str) -> Iterator[str]:
    """The requests of the shop of these tests before a list, in pages of ten."""
    pages = {"customers": 2, "products": 1, "prices": 1, "prices_inactive": 1, "coupons": 1,
             "subscription_schedules": 1, "subscriptions": 2}  # fmt: skip
    for each, number in pages.items():
        if each == name:
            return
        yield from [each] * number


@pytest.mark.usefixtures("small_pages")
def test_the_folder_of_another_account_is_refused(shop: Shop, serve: Serve, tmp_path: Path) -> None:
    fake = serve(shop)
    fake.stop_after = 15
    with pytest.raises(InputError):
        fetch(tmp_path)
    other = Shop()
    other._count = 500_000
    other.subscribe("2025-01-15", (other.price(1500), 1))
    other.close_month(TODAY)
    serve(other)
    with pytest.raises(InputError, match="another account"):
        fetch(tmp_path)


def test_test_mode_and_live_mode_do_not_mix(shop: Shop, serve: Serve, tmp_path: Path) -> None:
    for each in shop.objects["invoices"]:
        each["livemode"] = True
    serve(shop)
    with pytest.raises(InputError, match="live mode"):
        fetch(tmp_path)


def test_a_complete_download_is_not_repeated(shop: Shop, serve: Serve, tmp_path: Path) -> None:
    fake = serve(shop)
    before = frame(fetch(tmp_path).subscriptions)
    asked = len(fake.asked)
    second = fetch(tmp_path, metadata=["size"])
    assert len(fake.asked) == asked
    pd.testing.assert_frame_equal(frame(second.subscriptions).drop(columns="size"), before)
    with pytest.raises(InputError, match="another --since"):
        fetch(tmp_path, since="2025-01")


def test_a_folder_of_something_else_is_left_alone(shop: Shop, serve: Serve, tmp_path: Path) -> None:
    serve(shop)
    (tmp_path / "stripe").mkdir()
    (tmp_path / "stripe" / "thesis.docx").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        fetch(tmp_path)
    (tmp_path / "stripe" / "cursor.json").write_text("{}")
    with pytest.raises(InputError, match="damaged"):
        fetch(tmp_path)


# Secrets.


def test_the_key_is_in_no_file(shop: Shop, serve: Serve, tmp_path: Path) -> None:
    fake = serve(shop)
    fake.faults.extend(["429", "500"])
    said: list[str] = []
    fetched = fetch(tmp_path, say=said.append)
    files = everything(tmp_path)
    assert {"cursor.json", "subscriptions.parquet", "invoices.jsonl.gz"} <= set(files)
    for name, data in files.items():
        assert KEY.encode() not in data, name
    assert KEY not in repr(fetched) + " ".join(said)


def test_names_addresses_and_links_are_in_no_file(shop: Shop, serve: Serve, tmp_path: Path) -> None:
    serve(shop)
    fetch(tmp_path)
    for name, data in everything(tmp_path).items():
        for private in (b"jane@example.com", b"Jane Doe", b"rue de la Paix", b"pay.example"):
            assert private not in data, name


@pytest.mark.parametrize("refusal", ["key", "permission", "never"])
def test_no_error_shows_the_key(
    refusal: str, shop: Shop, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = serve(shop)
    wrong = "rk_live_" + "51WrongKeyOfSomebody"
    if refusal == "key":
        monkeypatch.setenv("STRIPE_API_KEY", wrong)  # the server repeats it in its answer
    elif refusal == "permission":
        fake.unseen = frozenset({"/v1/invoices"})
    else:
        fake.stop_after = 3
    with pytest.raises(InputError) as caught:
        fetch(tmp_path)
    error, trace = caught.value, caught.value.__traceback__
    while trace is not None and "connectors" not in trace.tb_frame.f_code.co_filename:
        trace = trace.tb_next  # the frames of this test know the key
    told = traceback.TracebackException(type(error), error, trace, capture_locals=True)
    shown = "".join(told.format())
    assert "self = <Account of Stripe, read only>" in shown
    assert error.__cause__ is None
    assert error.__context__ is None
    assert wrong not in shown
    assert KEY not in shown
    assert "[key]" in shown or refusal == "never"
    if refusal == "permission":
        assert "may not read /v1/invoices" in str(caught.value)


def test_an_account_shows_no_key(alone: list[float]) -> None:
    account = access.Account(say=alone.append)  # type: ignore[arg-type]
    assert KEY not in repr(account) + str(account)


def test_requests_are_pinned_read_only_and_without_telemetry(
    shop: Shop, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(stripe, "enable_telemetry", True)
    fake = serve(shop)
    fetch(tmp_path)
    assert {headers["Stripe-Version"] for headers in fake.headers} == {access.API_VERSION}
    assert not any("X-Stripe-Client-Telemetry" in headers for headers in fake.headers)
    assert not any("telemetry" in str(headers) for headers in fake.headers)
    assert not (tmp_path / "config").exists()


@pytest.mark.parametrize("address", ["https://api.example.com", "http://10.0.0.1:80", "localhost"])
def test_only_this_machine_may_stand_in_for_stripe(
    address: str, alone: list[float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del alone
    monkeypatch.setenv("ARRCAST_STRIPE_BASE", address)
    with pytest.raises(InputError, match="address of this machine"):
        fetch(tmp_path)
    assert not (tmp_path / "stripe").exists()


@pytest.mark.parametrize(("key", "says"), [("", "is not set"), ("pk_live_x", "no restricted")])
def test_without_a_key_nothing_begins(
    key: str, says: str, alone: list[float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del alone
    monkeypatch.setenv("STRIPE_API_KEY", key)
    with pytest.raises(InputError, match=says):
        fetch(tmp_path)
    assert not (tmp_path / "stripe").exists()


def test_without_the_sdk_the_message_says_what_to_install(
    alone: list[float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del alone
    monkeypatch.setitem(sys.modules, "stripe", None)
    with pytest.raises(InputError, match=r"pip install 'arrcast\[stripe\]'"):
        fetch(tmp_path)


def test_the_connector_is_imported_without_the_sdk() -> None:
    code = "import sys, history.connectors; print('stripe' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "False"


# Invoices.


def test_invoice_lines_credit_notes_and_refunds(serve: Serve, tmp_path: Path) -> None:
    shop = Shop()
    sub = shop.subscribe("2025-12-15", (shop.price(1200), 2), tax=20,
                         coupon=shop.coupon(percent_off=50.0))  # fmt: skip
    shop.change(sub, "2026-01-04", quantity=4)
    shop.close_month(TODAY)
    first, second = sorted(shop.objects["invoices"], key=lambda each: each["created"])[:2]
    line = first["lines"]["data"][0]
    credit = {"id": "cnli_1", "object": "credit_note_line_item", "amount": 600, "quantity": 1,
              "discount_amount": 300, "invoice_line_item": line["id"], "livemode": False,
              "taxes": [{"amount": 50, "tax_behavior": "inclusive"}]}  # fmt: skip
    shop._add("credit_notes", "cn", at("2026-02-01"), currency="eur", status="issued",
              invoice=first["id"], customer=sub.customer, refunds=[{"refund": "re_credit"}],
              lines={"data": [credit], "has_more": False})  # fmt: skip
    for name, status in (("re_credit", "succeeded"), ("re_alone", "succeeded"),
                         ("re_failed", "failed")):  # fmt: skip
        made = shop._add("refunds", "re", at("2026-02-02"), amount=100, currency="eur",
                         status=status, payment_intent=f"pi_{second['id']}")  # fmt: skip
        made["id"] = name
    serve(shop)
    rows = frame(fetch(tmp_path).invoices)
    # 24.00 less half, of which a sixth is tax: 10.00 net.
    named = rows.set_index("invoice_id")
    assert float(named.loc[first["id"], "amount"]) == 10.0
    assert named.loc[first["id"], "kind"] == "recurring"
    assert set(named.loc[[second["id"]], "kind"]) == {"proration"}
    note = rows[rows["kind"] == "credit"].iloc[0]
    assert float(note["amount"]) == -2.5
    assert note["credit_of"] == first["id"]
    assert (note["start"], note["end"]) == tuple(named.loc[first["id"], ["start", "end"]])
    refund = rows[rows["kind"] == "refund"]
    assert refund["invoice_id"].tolist() == ["re_alone"]
    assert refund[["amount", "credit_of", "customer_id"]].to_numpy().tolist() == [
        [-1.0, second["id"], sub.customer]
    ]


def test_every_invoiced_cent_is_in_the_file(shop: Shop, serve: Serve, tmp_path: Path) -> None:
    serve(shop)
    rows = frame(fetch(tmp_path).invoices)
    assert round(rows["amount"].sum() * 100) == sum(i["total"] for i in shop.objects["invoices"])
    assert len(rows) == rows["line_id"].nunique()


# The command.


def test_the_command(shop: Shop, serve: Serve, tmp_path: Path, arrcast: Any) -> None:
    serve(shop)
    done = arrcast("fetch", "stripe", "acme", "--metadata", "size", "--json")
    said = json.loads(done.stdout)
    assert (done.returncode, said["lines"], said["currencies"]) == (0, 12, ["EUR"])
    assert "invoices: 1" in done.stderr
    again = arrcast("fetch", "stripe", "acme", "--metadata", "size")
    assert "12 lines, EUR, as of 2026-03-31 22:59" in again.stdout
    history = arrcast("history", "--ledger", "acme/subscriptions.parquet", "--as-of", "2026-02",
                      "--by", "size")  # fmt: skip
    assert history.returncode == 0
    assert (tmp_path / "acme" / "findings.csv").exists()


def test_the_page_about_stripe_runs(shop: Shop, serve: Serve, arrcast: Any) -> None:
    serve(shop)
    page = (Path(__file__).parents[2] / "docs" / "stripe.md").read_text("utf-8")
    commands = re.findall(r"^arrcast (.+)$", page, flags=re.MULTILINE)
    assert len(commands) >= 3
    for words in commands:
        done = arrcast(*words.split())
        assert done.returncode == 0, (words, done.stderr)


def test_the_fake_is_what_it_says(shop: Shop, serve: Serve) -> None:
    """The tests' own server refuses what Stripe refuses."""
    fake = serve(shop)
    client = stripe.StripeClient(KEY, base_addresses={"api": fake.address})
    first = client.v1.invoices.list({"limit": 3})
    assert isinstance(fake, Fake)
    assert (len(first.data), first.has_more) == (3, True)
    assert len(list(first.auto_paging_iter())) == len(shop.objects["invoices"])
    with pytest.raises(stripe.AuthenticationError):
        stripe.StripeClient("rk_test_other", base_addresses={"api": fake.address}).v1.prices.list()
