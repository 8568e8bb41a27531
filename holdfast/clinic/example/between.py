"""Check-ins of an invented person: agreed, one answered a week ago, one open since half an hour before the first start.

The open one is sent by `holdfast checkins send`: its message is a file in the outbox of the data folder, since nothing
of a simulated programme reaches anybody.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from holdfast.clinic.accounts.models import CommandLine, PatientByLink, User
from holdfast.clinic.checkins.actions import agree_check_ins, answer_question, ask_check_ins, open_check_in
from holdfast.clinic.courses.models import Course
from holdfast.protocols.check_ins import local_moment
from holdfast.safety.check_in_questions import in_order, instruments

ASKED = ("phq-9", "mood-tap")
PLAN = "Keep your walks and your sleep times. If two bad days follow each other, call us. (Invented plan.)"
ANSWERED = (1, 1, 0, 1, 0, 1, 0, 0, 0, 4)  # nine items and the mood
OPEN_SINCE = dt.timedelta(minutes=30)
WEEK = dt.timedelta(days=7)
A_WHILE = dt.timedelta(hours=2)

Moment = tuple[dt.datetime, Callable[[dt.datetime], Any]]


def check_ins_told(course: Callable[[], Course], nurse: User, zone: ZoneInfo, now: dt.datetime) -> Iterator[Moment]:
    """Moments and what happens at each. `course` is asked for then: it is opened earlier in the same life."""
    last = (now - OPEN_SINCE).astimezone(zone)
    at_local = last.time().replace(second=0, microsecond=0)
    week_ago = local_moment(last.date() - WEEK, at_local, zone.key)
    today = local_moment(last.date(), at_local, zone.key)

    def agree(at: dt.datetime) -> None:
        agree_check_ins(
            actor=nurse, course=course(), now=at, instruments=ASKED, every_d=WEEK.days, at_local=at_local, open_h=24,
            starts_on=last.date() - WEEK, channel="email", address="nils@mail.example", plan=PLAN, agreed=True,
        )  # fmt: skip

    def ask(at: dt.datetime) -> None:
        ask_check_ins(actor=CommandLine(), course=course(), now=at)

    yield week_ago - A_WHILE, agree
    yield week_ago, ask
    yield week_ago + A_WHILE, lambda at: _answer(course(), at)
    yield today, ask


def _answer(course: Course, at: dt.datetime) -> None:
    patient = PatientByLink(course.pk, course.programme.pk)
    check_in = course.check_ins.get()
    open_check_in(actor=patient, check_in=check_in, now=at)
    known = instruments()
    questions = [(name, asked.key) for name in in_order(ASKED) for asked in known[name].questions]
    for (name, key), value in zip(questions, ANSWERED, strict=True):
        answer_question(actor=patient, check_in=check_in, instrument=name, question=key, value=value, now=at)
