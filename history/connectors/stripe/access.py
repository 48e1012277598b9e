"""Access to a Stripe account: the key from the environment, read requests, patience, no secrets."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from ...errors import InputError

__all__ = ["API_VERSION", "BASE", "KEY", "Account", "GoneError", "redacted"]

API_VERSION = "2026-10-28.endive"
"""The shape of the API that is asked for, whatever the account's own default is."""

KEY = "STRIPE_API_KEY"
"""The environment variable with the key; there is no other way in."""

BASE = "ARRCAST_STRIPE_BASE"
"""The environment variable with another server's address, for tests: loopback only."""

_TRIES = 8
_LONGEST = 120.0  # seconds between two tries
_SECRET = re.compile(r"\b[rspw][kh](?:sec)?_(?:live|test)_[A-Za-z0-9*_.]+")
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class GoneError(InputError):
    """The object after which a page was to begin is not there any more."""


class Account:
    """One Stripe account, read only: every request is a GET.

    Parameters
    ----------
    version
        Version of the API that is asked for.
    say
        Told what a person waits for.
    timeout
        Seconds to connect, and seconds without any answer.

    Raises
    ------
    InputError
        The SDK is not installed, the key is not set, or is one for the browser.
    """

    __slots__ = ("_client", "_say")

    def __init__(
        self,
        version: str = API_VERSION,
        *,
        say: Callable[[str], None],
        timeout: tuple[float, float] = (10.0, 60.0),
    ) -> None:
        self._client = _client(version, timeout)
        self._say = say

    def __repr__(self) -> str:
        return "<Account of Stripe, read only>"

    def get(self, path: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Read one page or object, with patience.

        The SDK tries again at once after network faults and errors of the server; here follow
        rate limits (as long as the server says) and faults that last.

        Raises
        ------
        GoneError
            The object named in `starting_after` was deleted.
        InputError
            The key may not read it, the request is wrong, or nothing came after all tries.
        """
        import stripe

        for tried in range(1, _TRIES + 1):
            try:
                answer = self._client.raw_request("get", path, **params)
            except stripe.StripeError as error:
                problem, pause = _judged(error, path, tried)
            else:
                return dict(answer.data)
            # Raised and slept outside the handler: no trace leads back to the request's headers.
            if pause is None or tried == _TRIES:
                raise problem
            self._say(f"{problem.args[0]}; trying again in {pause:.0f} s")
            time.sleep(pause)
        raise AssertionError("unreachable")  # pragma: no cover


def redacted(text: str) -> str:
    """Give a text without anything that looks like a key, or is the key.

    Examples
    --------
    >>> redacted("Invalid API Key provided: rk_live_51abc****xyz")
    'Invalid API Key provided: [key]'
    """
    secret = os.environ.get(KEY, "").strip()
    return _SECRET.sub("[key]", text.replace(secret, "[key]") if secret else text)


def _client(version: str, timeout: tuple[float, float]) -> Any:
    try:
        import stripe
    except ImportError:
        raise InputError("Stripe's SDK is not installed: pip install 'arrcast[stripe]'") from None
    # Off before the first request: otherwise the SDK reports timings and writes an id to disk.
    stripe.enable_telemetry = False
    base = _base()
    http = stripe.RequestsClient(timeout=timeout)
    if base:
        import requests

        session = requests.Session()
        session.trust_env = False  # no proxy between us and a server on this machine
        http = stripe.RequestsClient(timeout=timeout, session=session)
    return stripe.StripeClient(
        _key(),
        stripe_version=version,
        max_network_retries=2,
        http_client=http,
        base_addresses={"api": base} if base else None,
    )


def _key() -> str:
    key = os.environ.get(KEY, "").strip()
    if not key:
        raise InputError(
            f"{KEY} is not set. Make a restricted key in Stripe's dashboard that may only read, "
            f"and put it into the environment: export {KEY}=rk_live_..."
        )
    if not key.startswith(("rk_", "sk_")):
        raise InputError(f"{KEY} holds no restricted (rk_...) or secret (sk_...) key.")
    return key


def _base() -> str | None:
    base = os.environ.get(BASE, "").strip().rstrip("/")
    if base and urlsplit(base).hostname not in _LOOPBACK:
        raise InputError(f"{BASE} is for tests: it may only name an address of this machine.")
    return base or None


def _judged(error: Any, path: str, tried: int) -> tuple[InputError, float | None]:
    """Say what a failed request means, and after how many seconds it may be tried again."""
    import stripe

    backoff = min(_LONGEST, 0.5 * 2**tried)
    if isinstance(error, stripe.RateLimitError):
        return InputError(f"Stripe limits the rate of requests ({path})"), _retry_after(
            error.headers, backoff
        )
    if isinstance(error, stripe.APIConnectionError):
        return _unreachable(path, "no answer"), backoff
    if isinstance(error, stripe.AuthenticationError):
        return InputError(f"Stripe does not accept the key in {KEY}: {_said(error)}"), None
    if isinstance(error, stripe.PermissionError):
        return InputError(
            f"the key in {KEY} may not read {path}: give the restricted key read permission "
            f"for it, then run the same command again. {_said(error)}"
        ), None
    if isinstance(error, stripe.InvalidRequestError):
        gone = error.code == "resource_missing"
        return (GoneError if gone else InputError)(f"Stripe refused {path}: {_said(error)}"), None
    status = error.http_status or 0
    return _unreachable(path, f"HTTP {status}" if status else "no readable answer"), backoff


def _unreachable(path: str, why: str) -> InputError:
    return InputError(
        f"Stripe did not give {path} ({why}); what was read is kept, the same command goes on there"
    )


def _said(error: Any) -> str:
    """Give the server's own sentence and the request's id, without secrets."""
    text = redacted(str(error.user_message or "")).strip()[:300]
    return f"{text} [request {error.request_id}]" if error.request_id else text


def _retry_after(headers: Mapping[str, str] | None, backoff: float) -> float:
    told = {name.lower(): value for name, value in (headers or {}).items()}.get("retry-after", "")
    try:
        return min(_LONGEST, max(0.0, float(told)))
    except ValueError:
        return backoff
