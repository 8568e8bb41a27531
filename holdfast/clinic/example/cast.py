"""The people of the example programme: invented, one for every state a course can be in.

Nothing here is a fact or a forecast. The mood curves are drawn by a plain formula so that every page has something
to show: a responder, a fading response, a relapse, a non-responder, a gap in the ratings. Names say what they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

PHQ9_ITEMS = 9
PHQ9_ITEM_MAX = 3


@dataclass(frozen=True)
class Curve:
    """How the mood of an invented person moves.

    `gain` is the share of the remaining severity that one treatment session takes away, `half_life_d` how fast that
    fades, `floor` the least share of the baseline ever reached, `noise` the spread of a rating in points of PHQ-9.
    """

    gain: float
    half_life_d: float
    floor: float = 0.1
    noise: float = 1.0


REMITTER = Curve(gain=0.45, half_life_d=60, floor=0.08)
RESPONDER = Curve(gain=0.34, half_life_d=35, floor=0.2)
FADING = Curve(gain=0.30, half_life_d=12, floor=0.25)
PARTIAL = Curve(gain=0.12, half_life_d=25, floor=0.5)
NON_RESPONDER = Curve(gain=0.015, half_life_d=10, floor=0.8)


@dataclass(frozen=True)
class Person:
    """One invented course. Days count from the first treatment session; `started_days_ago` places it before today.

    `phases` are (day, phase, stop reason); `gaps` are day ranges without any rating; `item_9_on` is the day of a
    rating whose PHQ-9 item 9 is above zero.
    """

    label: str
    record_number: str
    sex: str
    age_y: int
    diagnosis: str
    protocol: str
    indication: str
    baseline_phq9: int
    baseline_madrs: int
    curve: Curve = RESPONDER
    referred_days_ago: int = 10
    started_days_ago: int | None = None
    session_days: tuple[int, ...] = ()
    dose_mg: tuple[float, ...] = ()  # one, or one a session
    phases: tuple[tuple[int, str, str], ...] = ()
    gaps: tuple[tuple[int, int], ...] = ()
    item_9_on: int | None = None
    finding: str = ""  # a field of the evaluation answered yes
    override: bool = False
    declined: bool = False
    last_day: int | None = None  # no rating after it
    corrected_day: int | None = None  # a rating of this day was corrected two hours later
    checks_until_day: int = 10_000  # safety checks were done in time until this day
    reviews_until_day: int = 10_000  # reviews due from this day on were not held yet
    checks_in: bool = False  # weekly check-ins agreed; the last one answered, today's open
    story: str = ""

    def dose_of(self, number: int) -> float:
        """Dose of the treatment session of that number, counted from 1, in mg."""
        return self.dose_mg[min(number, len(self.dose_mg)) - 1]


def severity(curve: Curve, session_days: Sequence[int], day: float) -> float:
    """Share of the baseline severity left on `day`: 1 before the first treatment session, never below the floor."""
    benefit = 0.0
    previous: float | None = None
    for given in (d for d in session_days if d < day):
        if previous is not None:
            benefit *= 0.5 ** ((given - previous) / curve.half_life_d)
        benefit += curve.gain * (1.0 - benefit)
        previous = given
    if previous is None:
        return 1.0
    benefit *= 0.5 ** ((day - previous) / curve.half_life_d)
    return max(curve.floor, 1.0 - benefit)


def drawn_total(person: Person, day: float, baseline: int, highest: int, random: Random) -> int:
    """An invented total of a scale with that baseline and highest total."""
    spread = person.curve.noise * highest / (PHQ9_ITEMS * PHQ9_ITEM_MAX)
    total = baseline * severity(person.curve, person.session_days, day) + random.gauss(0, spread)
    return round(min(highest, max(0, total)))


def phq9_answers(total: int, item_9: int, random: Random) -> tuple[int, ...]:
    """Nine answers that add up to `total` or as near as item 9 allows; the first items carry the most."""
    rest = min(max(total - item_9, 0), (PHQ9_ITEMS - 1) * PHQ9_ITEM_MAX)
    answers = [rest // (PHQ9_ITEMS - 1)] * (PHQ9_ITEMS - 1)
    for item in sorted(range(PHQ9_ITEMS - 1), key=lambda i: (i > 1, random.random()))[: rest % (PHQ9_ITEMS - 1)]:
        answers[item] += 1
    return (*answers, item_9)


def twice_weekly(sessions: int) -> tuple[int, ...]:
    """Days 0, 3, 7, 10, ... of so many treatment sessions."""
    return tuple(7 * (i // 2) + 3 * (i % 2) for i in range(sessions))


def every(days: int, first: int, last: int) -> tuple[int, ...]:
    """Days from `first` to `last`, both included where they fit."""
    return tuple(range(first, last + 1, days))


MDD, TRD, BIPOLAR = "Major depressive disorder", "Treatment-resistant depression", "Bipolar depression"
ESK, IV = "esketamine-nasal", "iv-racemic"
INDUCTION_8 = twice_weekly(8)
WEEKLY_4 = every(7, 28, 49)

CAST: tuple[Person, ...] = (
    Person("Example, Ada", "EX-001", "female", 34, TRD, ESK, "trd", 19, 33, referred_days_ago=3,
           story="referred, waiting for evaluation"),
    Person("Example, Ben", "EX-002", "male", 58, MDD, IV, "mdd", 21, 35, referred_days_ago=9,
           story="referred nine days ago"),
    Person("Example, Cora", "EX-003", "female", 41, TRD, ESK, "trd", 18, 31, referred_days_ago=12,
           phases=((-4, "evaluated", ""),), story="evaluated, consent to be taken"),
    Person("Example, Dev", "EX-004", "male", 49, TRD, ESK, "trd", 20, 34, referred_days_ago=15,
           finding="psychosis", phases=((-6, "evaluated", ""),),
           story="evaluated, with a stop that a physician has not overridden"),
    Person("Example, Edda", "EX-005", "female", 66, TRD, ESK, "trd", 17, 30, referred_days_ago=20,
           finding="aneurysmal_vascular_disease", declined=True, phases=((-12, "evaluated", ""), (-11, "declined", "")),
           story="declined: hard stop"),
    Person("Example, Finn", "EX-006", "male", 29, TRD, ESK, "trd", 16, 29, referred_days_ago=18,
           phases=((-9, "evaluated", ""), (-2, "consented", "")), story="consented, first treatment session planned"),
    Person("Example, Gail", "EX-007", "female", 45, MDD, IV, "mdd", 20, 34, RESPONDER, 16, 2, (0,), (35,),
           ((-8, "evaluated", ""), (-5, "consented", ""), (0, "induction", "")), story="one infusion given"),
    Person("Example, Hugo", "EX-008", "male", 52, MDD, IV, "mdd", 22, 37, NON_RESPONDER, 24, 8, (0, 3, 7), (41,),
           ((-8, "evaluated", ""), (-5, "consented", ""), (0, "induction", "")),
           reviews_until_day=7, story="three infusions without response: review due"),
    Person("Example, Ines", "EX-009", "female", 38, MDD, IV, "mdd", 21, 36, RESPONDER, 27, 11, (0, 3, 7, 10), (31,),
           ((-9, "evaluated", ""), (-4, "consented", ""), (0, "induction", "")), story="responding in induction"),
    Person("Example, Jan", "EX-010", "male", 67, TRD, ESK, "trd", 19, 32, PARTIAL, 30, 13, twice_weekly(4), (56,),
           ((-9, "evaluated", ""), (-6, "consented", ""), (0, "induction", "")), item_9_on=12,
           story="thoughts of self-harm at the last rating"),
    Person("Example, Kira", "EX-011", "female", 26, MDD, ESK, "mdsi", 24, 42, RESPONDER, 9, 6, (0, 3), (84,),
           ((-2, "evaluated", ""), (-1, "consented", ""), (0, "induction", "")),
           story="acute suicidal ideation, 84 mg from day 1"),
    Person("Example, Liam", "EX-012", "male", 44, TRD, ESK, "trd", 18, 33, RESPONDER, 55, 38,
           (*INDUCTION_8, 28, 35), (56, 84),
           ((-10, "evaluated", ""), (-7, "consented", ""), (0, "induction", ""), (28, "optimisation", "")),
           story="weekly, weeks 5 to 8"),
    Person("Example, Mona", "EX-013", "female", 51, TRD, ESK, "trd", 20, 35, REMITTER, 115, 98,
           INDUCTION_8 + WEEKLY_4 + every(14, 63, 91), (56, 84),
           ((-9, "evaluated", ""), (-6, "consented", ""), (0, "induction", ""), (28, "optimisation", ""),
            (56, "maintenance", "")), corrected_day=70, story="in remission, every two weeks"),
    Person("Example, Nils", "EX-014", "male", 47, MDD, IV, "mdd", 21, 36, RESPONDER, 170, 150,
           (0, 3, 7, 10, 14, 17, *every(28, 45, 129)), (38,),
           ((-10, "evaluated", ""), (-5, "consented", ""), (0, "induction", ""), (18, "maintenance", "")),
           checks_in=True, story="monthly infusions hold the response; weekly check-ins"),
    Person("Example, Olga", "EX-015", "female", 59, TRD, ESK, "trd", 19, 34, FADING, 140, 120,
           INDUCTION_8 + WEEKLY_4 + every(14, 63, 105), (84,),
           ((-9, "evaluated", ""), (-6, "consented", ""), (0, "induction", ""), (28, "optimisation", ""),
            (56, "maintenance", "")), checks_until_day=60,
           story="benefit fades before the next treatment session; safety checks overdue"),
    Person("Example, Paul", "EX-016", "male", 36, MDD, IV, "mdd", 20, 35, FADING, 150, 128,
           (0, 3, 7, 10, 14, 17, *every(28, 45, 101)), (40,),
           ((-9, "evaluated", ""), (-5, "consented", ""), (0, "induction", ""), (18, "maintenance", "")),
           gaps=((60, 95),), story="relapse in maintenance after a gap in the ratings"),
    Person("Example, Quin", "EX-017", "female", 31, TRD, ESK, "trd", 18, 32, FADING, 175, 150,
           INDUCTION_8 + WEEKLY_4 + every(14, 63, 119) + (136, 139, 143, 146), (56, 84),
           ((-9, "evaluated", ""), (-6, "consented", ""), (0, "induction", ""), (28, "optimisation", ""),
            (56, "maintenance", ""), (136, "induction", "")), story="relapse, second induction"),
    Person("Example, Rosa", "EX-018", "female", 63, MDD, IV, "mdd", 22, 38, NON_RESPONDER, 90, 70,
           (0, 3, 7, 10, 14, 17), (33,),
           ((-10, "evaluated", ""), (-6, "consented", ""), (0, "induction", ""), (24, "stopped", "non_response")),
           last_day=24, story="no response after six infusions"),
    Person("Example, Sven", "EX-019", "male", 55, TRD, ESK, "trd", 17, 30, PARTIAL, 60, 45, (0, 3, 7), (56,),
           ((-9, "evaluated", ""), (-6, "consented", ""), (0, "induction", ""), (8, "stopped", "adverse_event")),
           last_day=8, story="stopped for an adverse event"),
    Person("Example, Tara", "EX-020", "female", 42, MDD, IV, "mdd", 19, 33, REMITTER, 220, 200,
           (0, 3, 7, 10, 14, 17, *every(21, 38, 122)), (36,),
           ((-10, "evaluated", ""), (-6, "consented", ""), (0, "induction", ""), (18, "maintenance", ""),
            (140, "completed", "")), last_day=196, story="completed, still well"),
    Person("Example, Umar", "EX-021", "male", 33, BIPOLAR, IV, "bipolar-depression", 20, 34, RESPONDER, 40, 21,
           (0, 3, 7, 10, 14, 17), (43,),
           ((-9, "evaluated", ""), (-5, "consented", ""), (0, "induction", "")),
           reviews_until_day=8, story="end of induction: review due"),
    Person("Example, Vera", "EX-022", "female", 70, TRD, ESK, "trd", 16, 31, PARTIAL, 75, 56,
           INDUCTION_8 + WEEKLY_4, (56,),
           ((-9, "evaluated", ""), (-6, "consented", ""), (0, "induction", ""), (28, "optimisation", "")),
           gaps=((40, 60),), story="partial response, no rating for two weeks"),
    Person("Example, Wim", "EX-023", "male", 39, MDD, "im-racemic", "mdd", 21, 36, RESPONDER, 35, 16,
           (0, 4, 7, 11, 14), (42,),
           ((-9, "evaluated", ""), (-5, "consented", ""), (0, "induction", "")), story="intramuscular"),
    Person("Example, Xenia", "EX-024", "female", 48, MDD, "sublingual-racemic", "mdd", 18, 31, PARTIAL, 60, 42,
           every(7, 0, 35), (100,),
           ((-9, "evaluated", ""), (-5, "consented", ""), (0, "induction", ""), (36, "stopped", "patient_choice")),
           last_day=35, story="stopped by choice"),
)  # fmt: skip
