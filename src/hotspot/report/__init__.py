"""Maps for people: a page that opens offline, a static picture, and a map for notebooks.

`map` serves notebooks; `write_page` and `write_png` write what the nightly run publishes. bokeh and matplotlib are
imported when something is drawn.
"""

from hotspot.report.notebook import MapView, map  # noqa: A004
from hotspot.report.page import Page
from hotspot.report.picture import write_png
from hotspot.report.web import write_page

__all__ = ["MapView", "Page", "map", "write_page", "write_png"]
