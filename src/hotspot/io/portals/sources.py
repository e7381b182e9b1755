"""From an address, or from a schema's `[portal]` table, to a source; and from a source to the portal that serves it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from hotspot.errors import ConfigError, nearest
from hotspot.io.portals.arcgis import ArcGis
from hotspot.io.portals.base import Portal, Source
from hotspot.io.portals.ckan import Ckan
from hotspot.io.portals.client import Manners
from hotspot.io.portals.police_uk import PoliceUk
from hotspot.io.portals.socrata import Socrata

KINDS: dict[str, Callable[[Source, Manners], Portal]] = {
    "socrata": Socrata,
    "arcgis": ArcGis,
    "ckan": Ckan,
    "police_uk": PoliceUk,
}
KEYS = ("kind", "host", "dataset", "where", "updated_at")
POLICE_UK = "https://data.police.uk"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
FOUR_BY_FOUR = re.compile(r"/([a-z0-9]{4}-[a-z0-9]{4})(?=[./]|$)")
LAYER = re.compile(r"(.*/(?:FeatureServer|MapServer)/\d+)(?:/.*)?", re.IGNORECASE)


def open_portal(source: Source, manners: Manners) -> Portal:
    """Make the portal of a source.

    Parameters
    ----------
    source : Source
        Its kind decides.
    manners : Manners
        Patience and politeness.

    Returns
    -------
    Portal
        Ready to be asked.
    """
    return KINDS[_checked_kind(source.kind)](source, manners)


def source_from_url(kind: str, url: str | None, *, where: str | None = None) -> Source:
    """Read the address of a dataset, as a browser or the portal's own help shows it.

    Parameters
    ----------
    kind : str
        "socrata", "arcgis", "ckan" or "police_uk".
    url : str, optional
        http or https; may be left out for police.uk.
    where : str, optional
        Rows to ask for, in the portal's words.

    Returns
    -------
    Source
        Without the query of the address.

    Raises
    ------
    ConfigError
        If the address is none of this kind, or holds credentials.

    Examples
    --------
    >>> source_from_url("socrata", "https://data.cityofchicago.org/resource/ijzp-q8t2.json").dataset
    'ijzp-q8t2'
    """
    kind = _checked_kind(kind)
    if url is None and kind == "police_uk":
        return Source(kind, POLICE_UK, name=kind)
    if url is None:
        raise ConfigError(f"{kind} needs the address of the dataset: --url https://...")
    site = _site(url)
    if kind == "police_uk":
        return Source(kind, site, name=kind)
    if kind == "socrata":
        found = FOUR_BY_FOUR.findall(urlsplit(url).path)
        if not found:
            raise ConfigError(
                f"{site}: no Socrata address; expected https://<site>/resource/<id>.json, id like ijzp-q8t2"
            )
        return Source(kind, site, found[-1], where, name=f"{kind}-{found[-1]}")
    if kind == "arcgis":
        layer = LAYER.fullmatch(urlsplit(url).path)
        if not layer:
            raise ConfigError(f"{site}: no ArcGIS layer; expected an address that ends with /FeatureServer/<number>")
        service = re.sub(r"(?i)/(FeatureServer|MapServer)/", "-", layer[1]).rpartition("/")[2]
        return Source(kind, site + layer[1], where=where, name=f"{kind}-{service}")
    return _ckan(kind, url, site, where)


def source_from_table(table: Mapping[str, Any], name: str) -> Source:
    """Read the `[portal]` table of a schema.

    Parameters
    ----------
    table : mapping
        ``kind``; ``host``, with the path of the layer for ArcGIS; ``dataset`` (Socrata, CKAN); optional ``where`` and
        ``updated_at``.
    name : str
        Of the schema; files are called after it.

    Returns
    -------
    Source
        By https unless the host says otherwise.

    Raises
    ------
    ConfigError
        If a key is unknown, missing or no text.

    Examples
    --------
    >>> table = {"kind": "socrata", "host": "data.cityofchicago.org", "dataset": "ijzp-q8t2"}
    >>> source_from_table(table, "chicago").address
    'https://data.cityofchicago.org'
    """
    for key, value in table.items():
        if key not in KEYS:
            raise ConfigError(f"schema {name}: portal.{key}: unknown key; {nearest(key, KEYS)}")
        if not isinstance(value, str):
            raise ConfigError(f"schema {name}: portal.{key}: got {value!r}; expected a text")
    if "kind" not in table or "host" not in table:
        raise ConfigError(f"schema {name}: [portal] needs kind and host")
    host = table["host"].rstrip("/")
    address = host if "://" in host else f"https://{host}"
    _site(address)
    return Source(
        _checked_kind(table["kind"]),
        address,
        table.get("dataset", ""),
        where=table.get("where"),
        updated_at=table.get("updated_at"),
        name=name,
    )


def preset(name_or_path: str) -> Source | None:
    """Find the portal that a schema names.

    Parameters
    ----------
    name_or_path : str
        A packaged schema, or the path of one.

    Returns
    -------
    Source or None
        None where the schema names none.

    Raises
    ------
    ConfigError
        If its table is wrong.
    """
    packaged = files("hotspot.io") / "schemas" / f"{name_or_path}.toml"
    text = packaged.read_text("utf-8") if packaged.is_file() else Path(name_or_path).read_text("utf-8")
    table = tomllib.loads(text).get("portal")
    if table is None:
        return None
    name = name_or_path if packaged.is_file() else Path(name_or_path).stem
    if not isinstance(table, dict):
        raise ConfigError(f"schema {name}: portal: got {table!r}; expected a table [portal]")
    return source_from_table(table, name)


def _ckan(kind: str, url: str, site: str, where: str | None) -> Source:
    parts = urlsplit(url)
    named = parse_qs(parts.query).get("resource_id") or re.findall(r"/resource/([0-9a-f-]{36})", parts.path)
    if not named or not UUID.fullmatch(named[-1]):
        raise ConfigError(f"{site}: no CKAN resource; expected https://<site>/dataset/<name>/resource/<id>")
    prefix = re.split(r"/(?:api|dataset)/", parts.path, maxsplit=1)[0]
    return Source(kind, site + prefix.rstrip("/"), named[-1], where, name=f"{kind}-{named[-1][:8]}")


def _checked_kind(kind: str) -> str:
    if kind not in KINDS:
        raise ConfigError(f"portal kind {kind!r} is not known; {nearest(kind, KINDS)}")
    return kind


def _site(url: str) -> str:
    """Take scheme and host; what is refused is not shown whole, as it may hold a password."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ConfigError(f"the address is no URL ({error}); expected https://...") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ConfigError(f"the address has scheme {parts.scheme!r}; expected http:// or https:// and a host")
    if parts.username or parts.password or re.search(r"(?i)token|api_?key|password|secret", parts.query):
        raise ConfigError(
            f"the address of {host} holds credentials; take them out and put a token into the environment"
        )
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")
