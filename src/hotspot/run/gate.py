"""The data gate of a run: it is held before anything is computed, and says what a reader must know."""

from __future__ import annotations

from collections.abc import Mapping

from hotspot.errors import RefusedError
from hotspot.history import History
from hotspot.quality import Assessment, Finding, assess_all, assess_target
from hotspot.run.config import Config

SPOILS_SCORES = ("gaps", "many_gaps", "thin_weeks", "level_shift", "thin_tail", "feed_silent", "feed_stopped")


def assess_run(config: Config, histories: Mapping[str, History]) -> dict[str, Assessment]:
    """Ask the rules about all rows once, and about each target.

    Parameters
    ----------
    config : Config
        With what `[gate]` says.
    histories : mapping of str to History
        As of the issue time, by name of the target.

    Returns
    -------
    dict of str to Assessment
        By target; on all rows and on its own.
    """
    everything = assess_all(next(iter(histories.values())), config.gate)
    return {name: everything + assess_target(history, config.gate) for name, history in histories.items()}


def hold_gate(assessments: Mapping[str, Assessment]) -> None:
    """Refuse the run where a rule does.

    Parameters
    ----------
    assessments : mapping of str to Assessment
        From `assess_run`.

    Raises
    ------
    RefusedError
        With every finding that refuses, and how to accept it.
    """
    refused = [finding for one in assessments.values() for finding in one.refused]
    if refused:
        lines = "\n".join(f"- {line}" for line in dict.fromkeys(finding.line for finding in refused))
        raise RefusedError(
            f"the data gate refuses these records, nothing was computed, and the old map stays:\n{lines}\n"
            "Mend the source; or, if this does no harm, say so under [gate] in the config:\n"
            f'{refused[0].rule} = {{ action = "accept", reason = "..." }}'
        )


def degradations(assessment: Assessment, config: Config) -> list[str]:
    """Give the warnings that stand on the map.

    Parameters
    ----------
    assessment : Assessment
        Of one target.
    config : Config
        Tells the windows: where they are whole days, rules on the time of day spoil nothing.

    Returns
    -------
    list of str
        Sentences.
    """
    whole_days = config.windows.shifts is None and not config.windows.period.endswith("h")
    told = [finding for finding in _once(assessment.warnings) if not (whole_days and finding.matters == "hours")]
    return [f"Degraded data: {finding.line}" for finding in told]


def doubts(assessment: Assessment) -> list[str]:
    """Say which findings touch the scores of past forecasts, for the lines on trust.

    Parameters
    ----------
    assessment : Assessment
        Of one target.

    Returns
    -------
    list of str
        No sentence, or one.
    """
    spoilt = (*assessment.warnings, *assessment.accepted)
    touched = _once(tuple(finding for finding in spoilt if finding.rule in SPOILS_SCORES))
    if not touched:
        return []
    facts = "; ".join(finding.line for finding in touched)
    return [f"The scores above rest on records with faults in time, and may be too good or too bad: {facts}."]


def _once(findings: tuple[Finding, ...]) -> list[Finding]:
    """Leave out what was said already: of all rows by the same rule, or in the same words by another one."""
    kept: list[Finding] = []
    for finding in findings:
        if not any(finding.rule == other.rule or finding.sentence == other.sentence for other in kept):
            kept.append(finding)
    return kept
