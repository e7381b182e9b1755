"""What the names of columns say, in English, Dutch, German, French, Spanish and Portuguese."""

from __future__ import annotations

from collections.abc import Mapping

from hotspot.io.personal_names import words_of

# joined words stand as one; a weight is higher where its words leave less doubt
_WORDS: Mapping[str, Mapping[int, str]] = {
    "start": {
        6: "datetimefrom tatzeitbeginn",
        5: "occurrencedate crimedatetime pleegdatum beginpleeg tatzeit tattag",
        4: (
            "occurred occurrence occ start pleegdag pleeg aanvang beginn debut survenance hecho hechos inicio "
            "ocurrencia fato ocorrencia"
        ),
        3: "begin began from fr earliest datetime requested perioden faits suceso",
        2: (
            "incident crime offense offence date dates month event timestamp datum tijdstip maand ereignis zeitpunkt "
            "monat fait mois fecha mes data"
        ),
        1: "call time dt moment",
    },
    "end": {
        6: "datetimeto",
        5: "eindpleeg",
        4: "end to until eind einde tot ende bis fin jusqu hasta fim",
        3: "latest ate",
        2: "final",
    },
    "known_at": {
        6: "reporteddate reportdate meldedatum",
        5: (
            "reported report rptd rpt gemeld melding aangifte kennisname gemeldet anzeige plainte signalement "
            "declaration denuncia reporte reportado"
        ),
        4: (
            "registered received entered recorded filed known registratie erfasst erfassung aufnahme enregistrement "
            "registro comunicacao"
        ),
        3: "created",
    },
    "updated_at": {
        6: (
            "updated update modified gewijzigd mutatie mutatiedatum geandert geaendert aktualisiert modifie "
            "modification actualizado actualizacion modificado atualizado atualizacao"
        ),
        5: "changed edited refreshed maj closed resolved",
    },
    "x": {
        6: "lon lng longitude longitud pointx lengtegraad laengengrad langengrad",
        5: "x long easting xcoord xcoordinate coordx rechtswert ostwert geox xcoordinaat",
        4: "este",
        3: "east lengte",
    },
    "y": {
        6: "lat latitude latitud pointy breedtegraad breitengrad",
        5: "y northing ycoord ycoordinate coordy hochwert nordwert geoy ycoordinaat",
        4: "norte",
        3: "north breedte",
    },
    "category": {
        6: "deliktart",
        5: "category categorie delict misdrijf delikt straftat infraction delit categoria delito crimetype",
        4: "ofns feit soort tipo natureza",
        3: "primary offense offence crime type class crm mci nature kind crimen",
        2: "description desc service charge art crimes",
        1: "group ucr",
    },
    "id": {
        5: "zaaknummer vorgangsnummer aktenzeichen",
        4: "id identifier uid guid uuid folio expediente",
        3: "number num no nr key case unique reference nummer bvh vorgang numero dossier boletim",
        2: "incident ref zaak carpeta",
        1: "report complaint event",
    },
    "source": {
        5: "datasource",
        4: "source bron quelle fuente fonte",
        3: "feed",
    },
}

WORDS = {ours: {word: float(w) for w, text in by.items() for word in text.split()} for ours, by in _WORDS.items()}

# words that say that a column is something else
_AGAINST: Mapping[str, str] = {
    "category": (
        "against area boro cat cd code date district geometry hour last lieu loc locatie location lugar method "
        "neighborhood neighbourhood outcome parks place precinct prem premis premise premises report resolution "
        "state status street time vehicle weapon"
    ),
    "id": "block location outcome street type area beat cd code district hood precinct premise sector tract ward zip",
    "start": "arrest end export loaded outcome publication published status to until",
    "known_at": "outcome status",
    "x": "block district",
    "y": "block district",
}

AGAINST = {ours: frozenset(text.split()) for ours, text in _AGAINST.items()}


def name_score(name: str, ours: str) -> float:
    """Say how much a column's name speaks for one of our columns.

    Parameters
    ----------
    name : str
        As the source writes it.
    ours : str
        One of `WORDS`.

    Returns
    -------
    float
        0 where it says nothing; the strongest word counts, and a little of the others.

    Examples
    --------
    >>> name_score("Primary Type", "category") > name_score("Location Description", "category")
    True
    """
    words = words_of(name)
    table = WORDS[ours]
    found = sorted((table.get(word, 0.0) for word in {*words, "".join(words)}), reverse=True)
    score = found[0] + 0.25 * sum(found[1:]) if found else 0.0
    against = AGAINST.get(ours, frozenset()).intersection(words)
    return max(0.0, score - 3.0 * len(against)) if against else score
