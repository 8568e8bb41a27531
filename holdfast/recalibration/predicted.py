"""What the calibrated model would have expected at each site, beside what was seen there.

Each site and protocol becomes an open virtual trial of its own: the doses and days that were given there, as many
people as were rated, the scale and the definitions of the registry. Its intervals hold the chance of who took part,
how unsure the model is, how studies differ, and what the model leaves unexplained.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from holdfast.evidence.virtual_trials.reading import trial
from holdfast.evidence.virtual_trials.replicates import Simulated, simulate_trial
from holdfast.model.named_models import CALIBRATED_MODEL
from holdfast.protocols.protocol import protocol
from holdfast.recalibration.observed import OUTCOMES, RATED_BY, Arm, Observed, Seen
from holdfast.statistics.estimate import Estimate

INSIDE_80, INSIDE_95, OUTSIDE = "inside 80", "inside 95", "outside"
PERCENT = 100.0
POPULATION = "trd-adults"
ASSUMED = (
    "People are those of treatment-resistant depression; who is treated at a site is not.",
    "Everybody has the median dose of the site on the median day of each treatment session; who stopped early, because "
    "of no response or otherwise, is not simulated: only people who were rated are compared.",
    "Expectation is that of open treatment.",
)


@dataclass(frozen=True)
class Compared:
    """One number of one site and week: seen, with its own interval, and predicted at that size. Percent or points."""

    site: str
    protocol: str
    week: int
    outcome: str
    definition: str | None
    unit: str
    rated: int
    ended: int
    missed: int
    seen: Estimate
    predicted: Mapping[str, float | None]

    @property
    def where(self) -> str:
        """Where the number that was seen lies."""
        value, ends = self.seen.value, self.predicted
        for words, low, high in ((INSIDE_80, "p10", "p90"), (INSIDE_95, "p2.5", "p97.5")):
            if value is not None and ends[low] is not None and ends[low] <= value <= ends[high]:  # type: ignore[operator]
                return words
        return OUTSIDE

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "site": self.site, "protocol": self.protocol, "week": self.week, "outcome": self.outcome,
            "definition": self.definition, "unit": self.unit, "rated": self.rated, "ended": self.ended,
            "not_rated": self.missed, "seen": vars(self.seen), "predicted": dict(self.predicted), "lies": self.where,
        }  # fmt: skip


@dataclass(frozen=True)
class Predicted:
    """Every comparison, and by site and protocol what the simulation was of: model, version, facts, seed."""

    rows: tuple[Compared, ...]
    about: Mapping[str, Mapping[str, Any]]

    def held(self) -> dict[str, int]:
        """How many numbers lie where."""
        return {word: sum(one.where == word for one in self.rows) for word in (INSIDE_80, INSIDE_95, OUTSIDE)}


def predicted(
    seen: Observed, *, replicates: int = 400, seed: int = 1, model: str = CALIBRATED_MODEL, threads: int = 1
) -> Predicted:
    """A virtual trial for each site and protocol. Raises `InputError` where one cannot be simulated."""
    rows: list[Compared] = []
    about = {}
    for arm in seen.arms:
        simulated = _simulated(arm, seen, replicates=replicates, seed=seed, model=model, threads=threads)
        about[f"{arm.site}, {arm.protocol}"] = simulated.about
        rows += _rows(arm, seen, simulated)
    return Predicted(tuple(rows), about)


def _simulated(arm: Arm, seen: Observed, **how: Any) -> Simulated:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trial.toml"
        path.write_text(trial_text(arm, seen), encoding="utf-8")
        return simulate_trial(trial(str(path)), **how)


def trial_text(arm: Arm, seen: Observed) -> str:
    """The file of the virtual trial of one site and protocol: an arm for each week, as many people as were rated."""
    parts = [_block("[trial]", {
        "id": f"{arm.site}-{arm.protocol}", "title": f"{arm.site}, {arm.protocol}", "design": "open series",
        "blinding": "open", "population": POPULATION, "scale": seen.scale,
        "rated_by": RATED_BY.get(seen.scale, "self"), "new_antidepressant": False, "missing": "observed",
        "status": "assumed",
    })]  # fmt: skip
    for one in arm.seen:
        parts += list(_of_week(arm, seen, one))
    parts += [_block("[[assumption]]", {"key": f"assumption {number}", "text": text, "status": "assumed"})
              for number, text in enumerate(ASSUMED, start=1)]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _of_week(arm: Arm, seen: Observed, one: Seen) -> Iterator[str]:
    key = f"week {one.at.week}"
    fields: dict[str, Any] = {
        "key": key, "label": f"{arm.protocol}, rated in {key}", "drug": arm.drug, "route": arm.route,
        "doses": [arm.dose], "dose_unit": arm.dose_unit,
        "dose_days": [day for day in arm.days if day < one.day] or [0], "n": one.rated,
    }  # fmt: skip
    if arm.route == "iv":
        fields["infusion_min"] = protocol(arm.protocol).administration.duration_min
    yield _block("[[arm]]", fields)
    yield _block("[[rating]]", {"key": key, "at_d": one.day})
    yield _block("[[outcome]]", {"key": f"change {key}", "kind": "change", "ratings": [key], "arms": [key]})
    for outcome in OUTCOMES:
        if (definition := seen.definition(outcome)) is not None:
            yield _block("[[outcome]]", {
                "key": f"{outcome} {key}", "kind": outcome, "ratings": [key], "definition": definition.name,
                "arms": [key],
            })  # fmt: skip


def _block(head: str, fields: Mapping[str, Any]) -> str:
    return "\n".join([head, *(f"{name} = {_toml(value)}" for name, value in fields.items())])


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' if isinstance(value, str) else f"{value:g}"


def _rows(arm: Arm, seen: Observed, simulated: Simulated) -> Iterator[Compared]:
    ends = {one.asked.key: one.percentiles for one in simulated.reported}
    for one in arm.seen:
        for outcome in ("change", *OUTCOMES):
            if (found := ends.get(f"{outcome} week {one.at.week}")) is None:
                continue
            definition = seen.definition(outcome)
            yield Compared(
                arm.site, arm.protocol, one.at.week, outcome, None if definition is None else definition.name,
                "points" if outcome == "change" else "percent", one.rated, one.ended, one.missed,
                _seen_number(one, outcome), found,
            )  # fmt: skip


def _seen_number(one: Seen, outcome: str) -> Estimate:
    """With its own 95 percent interval: exact of a share, of Student's t of a mean."""
    if outcome != "change":
        share = one.share(outcome)
        return Estimate(*(None if end is None else PERCENT * end for end in (share.value, share.low, share.high)))
    from scipy.special import stdtrit

    half = float(stdtrit(one.rated - 1, 0.975)) * one.sd / one.rated**0.5
    return Estimate(one.change, one.change - half, one.change + half)
