"""Maps for people: a page that opens offline, a static picture, a map for notebooks, and a look at features.

`map` and `features` serve notebooks; `write_page` and `write_png` write what the nightly run publishes. bokeh and
matplotlib are imported when something is drawn.
"""

from hotspot.report.features import features
from hotspot.report.notebook import MapView, map  # noqa: A004
from hotspot.report.page import Page
from hotspot.report.picture import write_png
from hotspot.report.web import write_page

__all__ = ["MapView", "Page", "features", "map", "write_page", "write_png"]
