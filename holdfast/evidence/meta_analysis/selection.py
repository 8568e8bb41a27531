"""Which studies stand together, one estimate each, and why the other rows do not.

Per study: rows of one time, definition and scale; of arms with people in common only one. Per analysis: one row per
study, and one study of those that share patients, the larger.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from holdfast.errors import InputError, UnknownNameError
from holdfast.evidence.meta_analysis.candidates import Candidates, candidates, is_active
from holdfast.evidence.meta_analysis.estimates import Estimate, of_arm_means, of_counts, of_reported_contrast
from holdfast.evidence.meta_analysis.measures import Measure, measure
from holdfast.evidence.meta_analysis.questions import DIMENSIONS, Question
from holdfast.evidence.pools import LeftOut, shared_patients
from holdfast.evidence.rows import Outcome, rank
from holdfast.evidence.tables import outcomes

Dimensions = Mapping[str, str]


@dataclass(frozen=True)
class Group:
    """Estimates that may be pooled: alike in `dimensions`. `mixed` holds what differs because the question said so."""

    dimensions: Dimensions
    estimates: tuple[Estimate, ...]
    mixed: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Selection:
    """Everything that answers the question, in groups; what was left out of it; how many rows answer others."""

    question: Question
    measure: Measure
    groups: tuple[Group, ...]
    left_out: tuple[LeftOut, ...]
    elsewhere: Mapping[str, int]


def select(question: Question) -> Selection:
    """Raises `InputError` where no row of any study is called like the outcome, or the measure does not fit it,
    and `UnknownNameError` for a drug, route, scale, definition, polarity, anchor or comparator that no row holds.
    """
    names = Counter(row.outcome for row in outcomes())
    rows = [row for row in outcomes() if row.outcome in question.outcomes]
    if not rows:
        raise InputError(f"no row of the tables is of the outcome {question.outcome!r}; try {_common(names)}")
    _know_the_words(question)
    kind = "counts" if any(row.unit == "percent" for row in rows) else "points"
    chosen = measure(question.measure, question.estimand, kind)
    considered = candidates(question)
    by_study: dict[str, list[Outcome]] = defaultdict(list)
    for one in considered.taken:
        by_study[one.study.id].append(one)
    groups: dict[tuple[tuple[str, str], ...], list[Estimate]] = defaultdict(list)
    for of_study in by_study.values():
        for estimate in _of_study(of_study, chosen, question, considered):
            alike = {k: v for k, v in _dimensions(estimate, chosen, question).items() if k not in question.mixed}
            groups[tuple(alike.items())].append(estimate)
    found = [_group(dict(key), estimates, chosen, question, considered) for key, estimates in groups.items()]
    found.sort(key=lambda group: -len(group.estimates))
    left_out = sorted(considered.left_out, key=lambda one: one.row.id)
    return Selection(question, chosen, tuple(found), tuple(left_out), dict(considered.elsewhere))


def _know_the_words(question: Question) -> None:
    """Raises `UnknownNameError` for a word that no row holds: it would leave every row out without a reason."""
    held: dict[str, set[str | None]] = {
        "drug": {row.arm.drug for row in outcomes()}, "route": {row.arm.route for row in outcomes()},
        "scale": {row.scale for row in outcomes()}, "definition": {row.definition for row in outcomes()},
        "polarity": {row.study.polarity for row in outcomes()}, "anchor": {row.time_anchor for row in outcomes()},
        "comparator": {row.arm.control for row in outcomes()},
    }  # fmt: skip
    for name, words in held.items():
        asked = getattr(question, name)
        if asked and asked not in words:
            raise UnknownNameError(name, asked, sorted(word for word in words if word))


def _common(names: Counter[str]) -> str:
    shown = ["response", "remission", "change", "relapse"]
    return ", ".join([*shown, *sorted(name for name in names if name not in shown and name != "qualitative")][:8])


def _of_study(of_study: Sequence[Outcome], chosen: Measure, question: Question, out: Candidates) -> list[Estimate]:
    """Estimates of one study: one for each definition and scale, at the nearest time."""
    cells: dict[tuple[str, str], dict[float | str, list[Outcome]]] = defaultdict(lambda: defaultdict(list))
    for row in of_study:
        when = _when(row) if row.time_h is None else row.time_h
        cells[row.definition or "", row.scale or ""][when].append(row)
    found = []
    for times in cells.values():
        kept = _nearest(times, question, out) if question.hours is not None else times
        found += [e for at_once in kept.values() if (e := _estimated(at_once, chosen, out)) is not None]
    return found


def _nearest(
    times: Mapping[float | str, list[Outcome]], question: Question, out: Candidates
) -> dict[float | str, list[Outcome]]:
    best = min(times, key=lambda when: abs(float(when) - (question.hours or 0.0)))
    for when, rows in times.items():
        if when != best:
            out.leave_out(rows, f"{best:g} h of the same study is nearer to the time asked for")
    return {best: times[best]}


def _estimated(at_once: Sequence[Outcome], chosen: Measure, out: Candidates) -> Estimate | None:
    rows = _people_once(at_once, out)
    contrasts = [one for one in rows if one.estimand == "contrast"]
    treated = [one for one in rows if one.estimand == "arm" and (is_active(one) or chosen.estimand == "arm")]
    control = [one for one in rows if one.estimand == "arm" and one not in treated]
    if chosen.key == "md" and contrasts:
        reported = _reported(contrasts, out, spare=bool(treated and control))
        if reported is not None:
            out.leave_out([*treated, *control], "the study's own contrast is taken")
            return reported
    elif contrasts:
        out.leave_out(contrasts, "a difference in points; this measure needs both arms")
    return _from_arms(treated, control, chosen, out) if treated or control else None


def _reported(contrasts: Sequence[Outcome], out: Candidates, *, spare: bool) -> Estimate | None:
    """The study's own contrast; of several against one comparator the first, but arms together where there are any."""
    usable = []
    for one in contrasts:
        try:
            usable.append((one, of_reported_contrast(one)))
        except InputError as error:
            out.leave_out([one], str(error))
    if len(usable) > 1 and spare:
        out.leave_out([one for one, _ in usable], "one of several contrasts with the same comparator; arms are taken")
        return None
    out.leave_out([one for one, _ in usable[1:]], "another contrast with the same comparator is taken")
    return usable[0][1] if usable else None


def _from_arms(
    treated: Sequence[Outcome], control: Sequence[Outcome], chosen: Measure, out: Candidates
) -> Estimate | None:
    if chosen.estimand == "contrast" and not treated:
        out.leave_out(control, "the treated arm is missing, or left out")
        return None
    if chosen.estimand == "contrast" and not control:
        reason = "no comparator" if treated[0].arm.control == "none" else "the comparator's row is missing or left out"
        out.leave_out(treated, f"{reason}; --estimand arm pools single arms")
        return None
    compute: Callable[..., Estimate] = of_counts if chosen.of == "counts" else of_arm_means
    try:
        return compute(treated, control, chosen)
    except InputError as error:
        out.leave_out([*treated, *control], str(error))
        return None


def _people_once(at_once: Sequence[Outcome], out: Candidates) -> list[Outcome]:
    """Without arms whose people are in an arm already taken, and without a second row of an arm."""
    taken: dict[str, Outcome] = {}
    kept = []
    for row in sorted(at_once, key=is_active):  # comparators first: people of other arms may have come from there
        shared = [name for name in row.arm.shares_with if name in taken]
        if row.estimand == "contrast":
            kept.append(row)
        elif row.arm.id in taken:
            out.leave_out([row], "another row of the same arm is taken", taken[row.arm.id].id)
        elif shared:
            first = taken[shared[0]]
            out.leave_out([row], f"its people were in the arm {first.arm.label!r} before", first.id)
        else:
            taken[row.arm.id] = row
            kept.append(row)
    return kept


def _dimensions(estimate: Estimate, chosen: Measure, question: Question) -> dict[str, str]:
    """What this estimate is of."""
    row, study, arm = estimate.rows[0], estimate.study, estimate.arm
    scale = row.scale or "scale not stated"
    control = f"active: {arm.comparator}" if arm.control == "active" else arm.control or "comparator not stated"
    found = {
        "definition": (row.definition or f"not stated ({study.title}, {scale})") if chosen.of == "counts" else "",
        "scale": "" if chosen.of == "counts" or chosen.key == "smd" else scale,
        "comparator": control if chosen.estimand == "contrast" else "",
        "drug": arm.drug,
        "route": arm.route,
        "polarity": "bipolar" if study.polarity == "bipolar" else "unipolar or mixed",
        "time": _when(row) if question.hours is None else "",
    }
    return {name: found[name] for name in DIMENSIONS if found[name]}


def _when(row: Outcome) -> str:
    if row.time_value is None:
        return (row.time_anchor or "time not stated").replace("_", " ")
    return f"{row.time_value:g} {row.time_unit} from {(row.time_anchor or 'start').replace('_', ' ')}"


def _group(
    alike: Dimensions, estimates: Sequence[Estimate], chosen: Measure, question: Question, out: Candidates
) -> Group:
    kept = _apart(estimates, question, out)
    each = [_dimensions(estimate, chosen, question) for estimate in kept]
    mixed = {name: tuple(dict.fromkeys(d[name] for d in each if name in d)) for name in DIMENSIONS
             if name in question.mixed}  # fmt: skip
    return Group(alike, kept, {name: values for name, values in mixed.items() if len(values) > 1})


def _apart(estimates: Iterable[Estimate], question: Question, out: Candidates) -> tuple[Estimate, ...]:
    """One estimate per study, and one study of those that share patients: the better known, then the larger."""
    kept: list[Estimate] = []
    for one in sorted(estimates, key=_worth):
        same = next((k for k in kept if k.study.id == one.study.id), None)
        shared = ((k, shared_patients(one.rows[0], k.rows[0])) for k in kept if not question.with_overlap)
        overlap = next(((k, why) for k, why in shared if why), None)
        if same is not None:
            out.leave_out(one.rows, "one row a study: another is taken", same.rows[0].id)
        elif overlap is not None:
            out.leave_out(one.rows, f"patients in common: {overlap[1]}", overlap[0].rows[0].id)
        else:
            kept.append(one)
    return tuple(sorted(kept, key=lambda e: (e.study.year, e.study.title)))


def _worth(one: Estimate) -> tuple[int, float, float, str]:
    """Small is better."""
    return (-min(rank(row.status) for row in one.rows), -(one.n or 0.0), one.variance, one.rows[0].id)
