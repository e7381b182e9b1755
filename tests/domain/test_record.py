"""A forecast carries its own domain."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from hotspot.domain import Domain, read_domain, write_domain
from hotspot.errors import InputError

RING = shapely.Polygon(
    [(-900, -800), (1500, -700), (1300, 1200), (-700, 900)], holes=[[(0, 0), (300, 0), (300, 300), (0, 300)]]
)


@pytest.mark.parametrize(
    "domain",
    [
        Domain.square(RING, size=100, crs="EPSG:32631", time_zone="UTC", rotation=12.5, origin=(3.0, 4.0)),
        Domain.h3(shapely.affinity.translate(RING, 5e5, 5.6e6), resolution=9, crs="EPSG:32631", time_zone="UTC"),
    ],
    ids=["square", "h3"],
)
def test_a_domain_read_again_is_the_same(domain: Domain) -> None:
    again = read_domain(write_domain(domain), domain.ids, domain.area)
    assert again.fingerprint == domain.fingerprint
    assert again.boundary.equals(domain.boundary)
    x, y = domain.nodes.x, domain.nodes.y
    np.testing.assert_array_equal(again.locate(x, y), domain.locate(x, y))
    np.testing.assert_allclose(shapely.area(again.shapes), domain.area, rtol=1e-9)


def test_a_record_of_something_else_is_refused() -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_domain("{}", np.array([1]), np.array([1.0]))
