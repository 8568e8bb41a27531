"""Who could be judged at all: started courses with a baseline and with ratings, scale by scale."""

from __future__ import annotations

from holdfast.facts.scale_names import scale_document
from holdfast.registry.judged_by import SCALES
from holdfast.registry.report.choices import Choices
from holdfast.registry.report.counts import Counts, Key, counts
from holdfast.registry.report.judged_set import JudgedSet
from holdfast.registry.report.sections import Column, Section, Share, Table, Value

KEY = "scales"


def count(judged: JudgedSet) -> Counts:
    """Started courses by what they have on each scale, and ratings due, obtained and not."""
    import numpy as np

    numbers: dict[Key, int] = {(KEY, "started"): int(judged.started.sum())}
    ratings = judged.table("ratings")
    for scale in SCALES:
        if (on := judged.on_scale(scale)) is None:
            continue
        based = judged.started & ~np.isnan(on.baseline)
        of_started = judged.started[on.course] & (on.day > 0)
        obtained = of_started & ~np.isnan(on.total)
        numbers |= {
            (KEY, scale, "baseline"): int(based.sum()),
            (KEY, scale, "rated"): int((judged.started & on.rated).sum()),
            (KEY, scale, "both"): int((based & on.rated).sum()),
            (KEY, scale, "due"): int(of_started.sum()), (KEY, scale, "obtained"): int(obtained.sum()),
        }  # fmt: skip
    for place, name in enumerate(judged.set.names["ratings.scale"]):
        if name not in SCALES:
            numbers[KEY, "not judged", name] = int((ratings["scale"] == place).sum())
    return counts(numbers)


def main_scale(found: Counts, choices: Choices) -> str | None:
    """The scale outcomes are told on: that of the choices, else the one with most baselines among started courses.

    Of several with as many, one with a relapse defined, then one that a clinician rates, then the one rated oftenest.
    """
    if choices.scale is not None:
        return choices.scale

    def preferred(scale: str) -> tuple[int, bool, bool, int]:
        by_clinician = scale_document(scale).header["rated_by"] == "clinician"
        defined = choices.definition(scale, "relapse") is not None
        return found.number(KEY, scale, "baseline"), defined, by_clinician, found.number(KEY, scale, "rated")

    most = max(SCALES, key=preferred)
    return most if found.number(KEY, most, "baseline") + found.number(KEY, most, "rated") else None


def started(found: Counts) -> int:
    """Courses that had a first treatment session."""
    return found.number(KEY, "started")


def scale_name(scale: str) -> str:
    """As it is written for people, such as `MADRS`."""
    return str(scale_document(scale).header["name"])


def judged_by(choices: Choices, scale: str) -> str:
    """The definitions of a scale in a sentence."""
    told = "; ".join(f"{one.outcome}: {one.text} ({one.name})" for one in choices.definitions(scale))
    return f"Judged by {told}."


def tell(found: Counts, choices: Choices) -> tuple[Section, ...]:
    """One table, and the definitions that everything after it is judged by."""
    title, many, main = "Who could be judged", started(found), main_scale(found, choices)
    if not many:
        return ()
    others = ", ".join(str(one) for one in found.below(KEY, "not judged"))
    notes = (f"Ratings of {others} are on record; no outcome is judged on them here.",) if others else ()
    if main is None:
        basis = f"{many} courses had a first treatment session and none has a rating of {', '.join(SCALES)}."
        return (Section(KEY, title, f"{basis} What became of their mood cannot be told.", notes=notes),)
    if any(_obtained(found, scale) is None for scale in SCALES if found.below(KEY, scale)):
        notes = (_NOT_TOLD, *notes)
    notes = (f"Outcomes below are told on {scale_name(main)}{_why(choices)}. {judged_by(choices, main)}", *notes)
    basis = f"Courses that had a first treatment session: {many}. A rating counts from the day after it."
    return (Section(KEY, title, basis, (_table(found, many),), notes=notes),)


_NOT_TOLD = (
    "Where the set holds no rating that was due and not obtained it does not say what was due, and the share of "
    "ratings obtained is not told."
)


def _obtained(found: Counts, scale: str) -> Share | None:
    """Ratings obtained of those due; None where none was left out, for then nobody wrote down what was due."""
    obtained, due = (found.number(KEY, scale, one) for one in ("obtained", "due"))
    return Share(obtained, due) if obtained < due else None


def _why(choices: Choices) -> str:
    if choices.scale is not None:
        return ", as asked"
    return (
        ": most started courses have a baseline on it (of scales with as many, one with a relapse defined, then one "
        "that a clinician rates)"
    )


def _table(found: Counts, many: int) -> Table:
    columns = (
        Column("scale", "Scale"),
        Column("baseline", "With a baseline", "share", of="courses that had a first treatment session"),
        Column("rated", "Rated after it", "share", of="courses that had a first treatment session"),
        Column("both", "Both: response can be judged", "share", of="courses that had a first treatment session"),
        Column("obtained", "Ratings obtained", "share",
               of="ratings obtained after the first session, and those due that were not"),
    )  # fmt: skip
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (scale_name(scale), *(Share(found.number(KEY, scale, one), many) for one in ("baseline", "rated", "both")),
         _obtained(found, scale))
        for scale in SCALES if found.below(KEY, scale)
    )  # fmt: skip
    return Table("scales", "Baselines and ratings", columns, rows)
