"""One polite and wary HTTP client for all portals: it waits its turn, tries again, and bounds what it takes in.

Secrets travel in headers only, never in an address, so that no error, log or sidecar can hold one.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError
from urllib3.util.retry import Retry

from hotspot.errors import PortalError

MAX_REDIRECTS = 5
PASSING = (429, 500, 502, 503, 504)
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


@dataclass(frozen=True)
class Manners:
    """How patient and how polite a fetch is.

    Parameters
    ----------
    pause : float
        Least time between the starts of two requests [s].
    timeout : float
        Longest silence of the portal [s].
    patience : float
        Longest time that one answer may take as a whole [s].
    tries : int
        How often a request is made before giving up.
    backoff : float
        First wait before another try [s]; it doubles each time.
    longest_wait : float
        Longest ``Retry-After`` that is waited for [s].
    max_bytes : int
        Largest answer, unpacked.
    """

    pause: float = 0.25
    timeout: float = 90.0
    patience: float = 900.0
    tries: int = 5
    backoff: float = 1.0
    longest_wait: float = 600.0
    max_bytes: int = 256 * 2**20


class StatusError(PortalError):
    """The portal refused a request.

    Parameters
    ----------
    message : str
        For a person.
    status : int
        The HTTP status, or the code that the portal gives instead.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class PassingError(PortalError):
    """An answer that another try may mend: cut off, no JSON, or a passing fault told inside it."""


@dataclass(frozen=True)
class Answer:
    """What a portal said.

    Parameters
    ----------
    content : object
        The parsed JSON.
    headers : mapping
        Of HTTP.
    """

    content: Any
    headers: Mapping[str, str]


class _Session(requests.Session):
    """Follows no redirect by itself: each is looked at first."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002
        return None


class _Retry(Retry):
    """Refuses to wait for hours where a portal asks for it, instead of coming back too early."""

    longest_wait = 600.0

    def get_retry_after(self, response: Any) -> float | None:
        wait = super().get_retry_after(response)
        if wait is not None and wait > self.longest_wait:
            raise PortalError(
                f"the portal asks to wait {wait:.0f} s, which is longer than {self.longest_wait:.0f} s; "
                "run the same command again later, it continues where it stopped"
            )
        return wait


class Client:
    """Requests of one fetch.

    Parameters
    ----------
    manners : Manners
        Patience and politeness.
    secret : mapping of str to str
        Headers that carry a token; sent encrypted only.
    passing : tuple of int
        HTTP statuses that another try may mend.
    """

    def __init__(
        self,
        manners: Manners,
        secret: Mapping[str, str] | None = None,
        passing: tuple[int, ...] = PASSING,
    ) -> None:
        self.manners = manners
        self._secret = dict(secret or {})
        self._last = -float("inf")
        self._session = _Session()
        self._session.auth = _no_auth
        self._session.headers["User-Agent"] = f"hotspot-forecast/{library_version()}"
        self._session.headers["Accept"] = "application/json"
        # a class of its own per client: urllib3 copies a Retry by its constructor's arguments alone
        retry = type("_Retry", (_Retry,), {"longest_wait": manners.longest_wait})(
            total=manners.tries - 1,
            backoff_factor=manners.backoff,
            status_forcelist=passing,
            allowed_methods={"GET", "POST"},
            raise_on_status=False,
        )
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=retry))

    def ask(
        self,
        url: str,
        params: Mapping[str, Any] | None = None,
        *,
        form: Mapping[str, str] | None = None,
        check: Callable[[Any], None] | None = None,
    ) -> Answer:
        """Get JSON.

        Parameters
        ----------
        url : str
            http or https.
        params : mapping, optional
            The query.
        form : mapping, optional
            Fields to post instead, for what is too long for an address.
        check : callable, optional
            Raises PassingError (then it is tried again) or StatusError for a fault that the portal tells inside a
            good answer.

        Returns
        -------
        Answer
            JSON and headers.

        Raises
        ------
        PortalError
            If the portal cannot be reached, is silent, refuses, or answers with something else, after all tries.
        """
        fault: PassingError | None = None
        for attempt in range(self.manners.tries):
            if attempt:
                time.sleep(self.manners.backoff * 2 ** (attempt - 1))
            try:
                return self._once(url, params, form, check)
            except PassingError as error:
                fault = error
        raise PortalError(f"{fault}; tried {self.manners.tries} times") from fault

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _once(self, url: str, params: Any, form: Any, check: Callable[[Any], None] | None) -> Answer:
        host = urlsplit(url).netloc
        response = self._send(url, params, form)
        with response:
            body = self._body(response, host)
            if response.status_code >= 400:
                raise StatusError(self._refusal(response.status_code, body, host), response.status_code)
            content = _parse(body, response.headers.get("Content-Type", ""), host)
        try:
            if check is not None:
                check(content)
        except PortalError as error:
            error.args = (f"{host}: {self._clean(str(error))}",)
            raise
        return Answer(content, response.headers)

    def _send(self, url: str, params: Any, form: Any) -> requests.Response:
        first = urlsplit(url).netloc
        for _ in range(MAX_REDIRECTS):
            self._wait_turn()
            try:
                response = self._session.request(
                    "GET" if form is None else "POST",
                    url,
                    params=params,
                    data=form,
                    headers=self._secret if _is_private(url) else None,
                    timeout=self.manners.timeout,
                    stream=True,
                    allow_redirects=False,
                )
            except (requests.RequestException, HTTPError) as error:
                raise PortalError(f"{first}: {_unreachable(error, self.manners)}") from None
            if not response.is_redirect:
                return response
            target = response.headers["Location"]
            response.close()
            url, params = _redirected(url, target), None
        raise PortalError(f"{first}: more than {MAX_REDIRECTS} redirects; check the address")

    def _wait_turn(self) -> None:
        wait = self._last + self.manners.pause - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        self._last = time.monotonic()

    def _body(self, response: requests.Response, host: str) -> bytes:
        """Read all, bounded in size and time also where a server drips."""
        end = time.monotonic() + self.manners.patience
        body = bytearray()
        try:
            while chunk := response.raw.read1(2**16, decode_content=True):
                body += chunk
                if len(body) > self.manners.max_bytes:
                    raise PortalError(
                        f"{host}: an answer is larger than {self.manners.max_bytes:,} bytes; ask for smaller pages"
                    )
                if time.monotonic() > end:
                    raise PassingError(f"{host}: an answer took longer than {self.manners.patience:.0f} s")
        except (HTTPError, OSError) as error:
            raise PassingError(f"{host}: an answer was cut off ({type(error).__name__})") from None
        return bytes(body)

    def _refusal(self, status: int, body: bytes, host: str) -> str:
        text = self._clean(body[:2000].decode("utf-8", "replace"))
        said = f": {text[:300].strip()}" if text.strip() and not _is_page(body) else ""
        if status in PASSING:
            return (
                f"{host}: HTTP {status} after {self.manners.tries} tries{said}; a fault of the portal, try again later"
            )
        hint = "; check the token in the environment" if status in (401, 403) else "; check the address and the query"
        return f"{host}: refused with HTTP {status}{said}{hint}"

    def _clean(self, text: str) -> str:
        """Take controls and tokens out of what a portal says."""
        for value in self._secret.values():
            text = text.replace(value, "***").replace(value.removeprefix("Bearer "), "***")
        return CONTROL.sub(" ", text)


def library_version() -> str:
    """Give the version of this library.

    Returns
    -------
    str
        "unknown" where it runs without being installed.
    """
    try:
        return version("hotspot-forecast")
    except PackageNotFoundError:
        return "unknown"


def _is_private(url: str) -> bool:
    """Tell whether a token may travel: encrypted, or inside this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or parts.hostname in ("127.0.0.1", "localhost", "::1")


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keep credentials of a .netrc file at home."""
    return request


def _parse(body: bytes, content_type: str, host: str) -> Any:
    if _is_page(body) or "text/html" in content_type:
        raise PortalError(
            f"{host}: answered with a web page instead of data, perhaps a login or a notice; expected JSON; open the "
            "address in a browser, and check that the dataset is public and the address right"
        )
    try:
        return json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise PassingError(f"{host}: an answer of {len(body):,} bytes is no whole JSON") from None


def _no_constant(name: str) -> None:
    """NaN and Infinity are no JSON; they mean that there is nothing."""
    del name


def _is_page(body: bytes) -> bool:
    return body[:500].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"


def _unreachable(error: Exception, manners: Manners) -> str:
    if isinstance(error, requests.Timeout) or "timed out" in str(error):
        what = f"no answer within {manners.timeout:.0f} s"
    elif isinstance(error, requests.exceptions.SSLError):
        what = "its certificate cannot be trusted"
    elif isinstance(error, requests.exceptions.ProxyError):
        what = "the proxy cannot be reached"
    else:
        what = "cannot be reached"
    return f"{what}, tried {manners.tries} times ({type(error).__name__}); check network and address, try again later"


def _redirected(url: str, target: str) -> str:
    """Follow within the same scheme and host only; a portal that has moved is for the user to judge."""
    old, new = urlsplit(url), urlsplit(urljoin(url, target))
    if (new.scheme, new.netloc) == (old.scheme, old.netloc):
        return new.geturl()
    place = CONTROL.sub(" ", f"{new.scheme}://{new.hostname or ''}{new.path}")[:200]
    raise PortalError(
        f"{old.netloc}: redirects to {place}; expected the same scheme and host; if the portal has moved, give its new "
        "address"
    )
