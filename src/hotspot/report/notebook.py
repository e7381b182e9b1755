"""The map of a notebook: one call, one object that shows itself and can be saved."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import xarray as xr

from hotspot.domain import Domain
from hotspot.errors import InputError
from hotspot.layers import Layer, Streets
from hotspot.report.page import Page
from hotspot.report.web import page_html


@dataclass(frozen=True)
class MapView:
    """A page held in memory.

    Parameters
    ----------
    html : str
        The whole document.
    what : str
        What it shows.
    """

    html: str
    what: str = "map"

    def save(self, path: str | Path) -> Path:
        """Write the page, which opens offline.

        Parameters
        ----------
        path : path
            Of the HTML file.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        InputError
            If there is no such folder.
        """
        path = Path(path)
        if not path.absolute().parent.is_dir():
            raise InputError(f"{path}: there is no folder {str(path.parent)!r} to save the page in; make it first")
        path.write_text(self.html, encoding="utf-8", newline="\n")
        return path

    def __repr__(self) -> str:
        """Say what it is; the page itself is megabytes long."""
        return f"<hotspot {self.what}, {len(self.html) / 1e6:.1f} MB; .save(path) writes the page>"

    def _repr_html_(self) -> str:
        """Show the page in a frame that shares nothing with the notebook."""
        style = "width:100%;height:820px;border:1px solid #d2d9e0"
        return f'<iframe sandbox="allow-scripts" style="{style}" srcdoc="{html.escape(self.html)}"></iframe>'


def map(  # noqa: A001
    forecast: xr.Dataset,
    *,
    lead: int = 0,
    selected: xr.DataArray | Mapping[float | str, xr.DataArray] | None = None,
    domain: Domain | None = None,
    layers: Sequence[Layer] = (),
    trust: str | Sequence[str] | None = None,
    path: str | Path | None = None,
    title: str | None = None,
) -> MapView:
    """Show a forecast on a map.

    Parameters
    ----------
    forecast : xarray.Dataset
        A forecast with one issue time.
    lead : int
        Window that is shown at first.
    selected : xarray.DataArray of bool or mapping, optional
        Chosen cells from `select`; or several such choices by coverage or name.
    domain : Domain, optional
        Default: the one that the forecast carries.
    layers : sequence of layers
        Streets among them are drawn for orientation.
    trust : str or sequence of str, optional
        How far to trust the forecast.
    path : path, optional
        Where to save the page as well.
    title : str, optional
        Heading. Default: the target.

    Returns
    -------
    MapView
        Shows itself in a notebook; ``.save(path)`` writes a page that opens offline.

    Raises
    ------
    InputError
        If the parts do not belong together, or the forecast carries no domain and none is given.
    SchemaError
        If the forecast breaks its schema.
    """
    target = str(forecast["target"].values) if "target" in forecast.coords else "all incidents"
    streets = [layer.to_crs("EPSG:4326").geometry for layer in layers if isinstance(layer, Streets)]
    choices: dict[float | str, xr.DataArray]
    choices = {"selected": selected} if isinstance(selected, xr.DataArray) else dict(selected or {})
    page = Page(
        title=title or f"Where to expect {target}",
        target=target,
        forecast=forecast,
        selections=choices,
        domain=domain,
        streets=pd.concat(streets) if streets else None,
        trust=(trust,) if isinstance(trust, str) else tuple(trust or ()),
    )
    view = MapView(page_html(page, lead))
    if path is not None:
        view.save(path)
    return view
