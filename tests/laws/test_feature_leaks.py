"""Each planted leak is caught on each tessellation, with the name of its law; clean plug-ins pass."""

from __future__ import annotations

import numba
import pytest

from hotspot.errors import LeakageError, SchemaError
from hotspot.testing import check_feature
from hotspot.testing.world import CELLS
from tests.laws import leaks, quiet_leaks

LEAKS = {
    leaks.ByOccurrence: 1,
    leaks.Smoothed: 1,
    leaks.ScaledByAll: 1,
    leaks.TargetEncoded: 1,
    leaks.BeforeOpening: 1,
    leaks.BeforeAnnounced: 1,
    leaks.BeforeClosing: 1,
    leaks.BeforeDecreed: 1,
    leaks.ObservedWeather: 1,
    leaks.TomorrowsPatrols: 1,
    leaks.NamedByCutoff: 1,
    leaks.Undated: 6,
    leaks.NewestCensus: 6,
    leaks.Chunked: 2,
    leaks.Misremembered: 2,
    leaks.FirstRow: 2,
    leaks.ByCutoff: 2,
    leaks.Anchored: 3,
    quiet_leaks.StreetRows: 6,
    quiet_leaks.StreetRowsDemanded: 6,
    quiet_leaks.StreetLength: 6,
    quiet_leaks.ShareOfMainStreets: 6,
    quiet_leaks.ScaledByLaterCensus: 6,
    quiet_leaks.Censuses: 6,
    quiet_leaks.UntilNextCensus: 6,
    quiet_leaks.UntilStreets: 6,
    quiet_leaks.PlaceClasses: 6,
    quiet_leaks.Within: 1,
    quiet_leaks.WithinASecond: 1,
    quiet_leaks.WithinAMicrosecond: 1,
    quiet_leaks.StartOfRecord: 1,
    quiet_leaks.LargestError: 1,
    quiet_leaks.Categories: 1,
}
if numba.get_num_threads() > 1:
    LEAKS[leaks.ByThreads] = 2
BROKEN = {
    leaks.Mutating: "changes the History",
    leaks.MutatingLayers: "changes the History",
    leaks.Infinite: "infinite",
    leaks.WrongSizes: "has sizes",
    leaks.Relabelled: "labels cell in another way",
    leaks.WithoutUnits: "attribute 'units'",
    leaks.Whole: "floating-point",
}
CLEAN = [
    leaks.Quarter,
    leaks.KnownEvents,
    leaks.OpenPlaces,
    leaks.KnownCensus,
    leaks.KnownWeather,
    leaks.PastPatrols,
    leaks.Size,
    quiet_leaks.StartKnownThen,
    quiet_leaks.StreetRowsKnown,
    quiet_leaks.CensusesKnown,
]


@pytest.mark.parametrize("cells", CELLS)
@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak.__name__)
def test_a_leak_is_caught_by_its_law(leak: type[leaks.Planted], cells: str) -> None:
    with pytest.raises(LeakageError, match=rf"'planted' on cells of kind '{cells}' breaks law {LEAKS[leak]} \("):
        check_feature(leak(), cells=[cells])


@pytest.mark.parametrize("cells", CELLS)
@pytest.mark.parametrize("wrong", BROKEN, ids=lambda wrong: wrong.__name__)
def test_a_broken_contract_is_named(wrong: type[leaks.Planted], cells: str) -> None:
    with pytest.raises(SchemaError, match=f"'planted' on cells of kind '{cells}'.* {BROKEN[wrong]}"):
        check_feature(wrong(), cells=[cells])


@pytest.mark.parametrize("clean", CLEAN, ids=lambda clean: clean.__name__)
def test_a_clean_plug_in_passes(clean: type[leaks.Planted]) -> None:
    check_feature(clean())


def test_a_leak_is_refused_by_default_and_other_errors_say_where() -> None:
    with pytest.raises(LeakageError, match="'square'"):
        check_feature(leaks.Smoothed())

    class OnlySquares(leaks.Planted):
        def at(self, history, time, start, end):  # type: ignore[no-untyped-def]
            return history.domain.area

    with pytest.raises(ValueError, match=r"Domain\.area") as caught:
        check_feature(OnlySquares())
    assert caught.value.__notes__ == ["while checking feature 'planted' on cells of kind 'segments'"]
