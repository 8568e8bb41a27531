"""Who may do what: one table of action by role, read by actions, queries, views and the permission tests."""

from __future__ import annotations

from typing import Any

from holdfast.clinic.accounts.models import Actor, CommandLine, PatientByLink, User
from holdfast.clinic.accounts.roles import COMMAND_LINE, PATIENT, Role
from holdfast.errors import PermissionRefusedError

_P, _N, _F, _T = Role.PRESCRIBER, Role.NURSE, Role.FRONT_DESK, Role.THERAPIST
_L, _AUD, _ADM, _CLI = Role.PROGRAMME_LEAD, Role.AUDITOR, Role.ADMINISTRATOR, COMMAND_LINE
_PAT = PATIENT

# The administrator keeps accounts and sees no patient; the auditor reads the record of actions and edits nothing;
# the front desk sees who comes when, no score and no clinical content; the therapist sees scores and sessions,
# not the medical evaluation or drug exposure. The command line is whoever runs `holdfast` on the machine. The patient
# holds the link of a check-in and acts on that course alone.
ALLOWED: dict[str, frozenset[str]] = {
    # people
    "user.view": frozenset({_ADM, _CLI}),
    "user.create": frozenset({_ADM, _CLI}),
    "user.change_role": frozenset({_ADM, _CLI}),
    "user.set_programmes": frozenset({_ADM, _CLI}),
    "user.deactivate": frozenset({_ADM, _CLI}),
    "user.reset_password": frozenset({_ADM, _CLI}),
    "user.reset_two_step": frozenset({_ADM, _CLI}),
    # programmes
    "programme.view": frozenset({_P, _N, _F, _T, _L, _CLI}),
    "programme.create": frozenset({_L, _CLI}),
    "programme.choose_setting": frozenset({_L, _CLI}),
    "programme.set_out_of_hours_text": frozenset({_L}),
    "programme.require_two_step": frozenset({_L, _CLI}),
    "programme.sign_rule": frozenset({_P}),
    "programme.import": frozenset({_L, _CLI}),
    # patients and courses
    "caseload.view": frozenset({_P, _N, _F, _T, _L}),
    "patient.view": frozenset({_P, _N, _F, _T, _L}),
    "patient.register": frozenset({_P, _N, _F, _CLI}),
    "patient.correct": frozenset({_P, _N}),
    "course.view": frozenset({_P, _N, _T, _L}),
    "course.open": frozenset({_P, _CLI}),
    "course.change_phase": frozenset({_P, _CLI}),
    "course.fix_baseline": frozenset({_P, _N, _CLI}),
    "evaluation.view": frozenset({_P, _N, _L}),
    "evaluation.record": frozenset({_P}),
    "evaluation.override": frozenset({_P}),
    "review.record": frozenset({_P}),
    # from referral to letter: a referral is decided, a plan changed and a letter signed by a physician; whoever treats
    # takes consent, and anybody who treats takes down its withdrawal
    "referral.view": frozenset({_P, _N, _L}),
    "referral.record": frozenset({_P, _N, _CLI}),
    "referral.decide": frozenset({_P, _CLI}),
    "consent_document.view": frozenset({_P, _N, _F, _T, _L}),
    "consent_document.add": frozenset({_P, _L, _CLI}),
    "consent.view": frozenset({_P, _N, _T, _L}),
    "consent.record": frozenset({_P, _N, _CLI}),
    "consent.withdraw": frozenset({_P, _N, _T}),
    "plan.view": frozenset({_P, _N, _L}),
    "plan.change": frozenset({_P, _CLI}),
    "course.end": frozenset({_P, _CLI}),
    "follow_up.record": frozenset({_P, _N, _T}),
    "letter.view": frozenset({_P, _N, _L}),
    "letter.sign": frozenset({_P}),
    # ratings
    "assessment.view": frozenset({_P, _N, _T, _L}),
    "assessment.record": frozenset({_P, _N, _T, _CLI, _PAT}),
    "assessment.correct": frozenset({_P, _N}),
    # check-ins between treatment sessions
    "check_in.view": frozenset({_P, _N, _T, _L}),
    "check_in.agree": frozenset({_P, _N}),
    "check_in.pause": frozenset({_P, _N}),
    "check_in.revoke": frozenset({_P, _N}),
    "check_in.follow_up": frozenset({_P, _N, _T}),
    "check_in.send": frozenset({_CLI}),
    "check_in.answer": frozenset({_PAT}),
    # reminders of planned treatment sessions and evaluations
    "reminder.view": frozenset({_P, _N, _T, _L}),
    "reminder.agree": frozenset({_P, _N}),
    "reminder.send": frozenset({_CLI}),
    "reminder.read": frozenset({_PAT}),
    # treatment sessions and safety
    "treatment_session.view": frozenset({_P, _N, _F, _T, _L}),
    "treatment_session.view_dose": frozenset({_P, _N, _L}),
    "treatment_session.plan": frozenset({_P, _N, _F, _CLI}),
    "treatment_session.record": frozenset({_P, _N, _CLI}),
    "treatment_session.correct": frozenset({_P, _N}),
    # the flow-sheet: who treats keeps it; a stop is overridden by a physician
    "flow_sheet.view": frozenset({_P, _N, _L}),
    "flow_sheet.record": frozenset({_P, _N}),
    "flow_sheet.override": frozenset({_P}),
    "flow_sheet.sign": frozenset({_P, _N}),
    "flow_sheet.amend": frozenset({_P, _N}),
    # the board of the day: front desk and therapist see who is here, and nothing of how they are
    "board.view": frozenset({_P, _N, _F, _T, _L}),
    "board.seat": frozenset({_P, _N, _F}),
    "board.set_chairs": frozenset({_L}),
    "board.choose_names": frozenset({_L}),
    # where the model expects readings: for those at the chair, never for the patient
    "expected_range.view": frozenset({_P, _N}),
    "expected_range.ask": frozenset({_P, _N}),
    "expected_range.keep": frozenset({_CLI}),
    # what the model holds likely: for those who prescribe or treat, never for the patient. Whoever enters data has a
    # new forecast made, and sees none by it
    "forecast.view": frozenset({_P, _N}),
    "forecast.ask": frozenset({_P, _N, _CLI}),
    "forecast.renew": frozenset({_P, _N, _T, _CLI, _PAT}),
    "forecast.keep": frozenset({_CLI}),
    "forecast.decide": frozenset({_P}),
    # how good forecasts were: numbers of a programme, of nobody
    "learning_check.view": frozenset({_P, _N, _L}),
    "learning_check.ask": frozenset({_P, _L, _CLI}),
    "learning_check.keep": frozenset({_CLI}),
    "learning_check.close_alarm": frozenset({_P, _L}),
    # the registry: what each patient said of taking part; extracts; the programme's own report
    "registry_consent.view": frozenset({_P, _N, _T, _L}),
    "registry_consent.record": frozenset({_P, _N}),
    "registry_consent.withdraw": frozenset({_P, _N, _T}),
    "registry.export": frozenset({_CLI}),
    "registry_report.view": frozenset({_P, _N, _L}),
    "registry_report.view_narratives": frozenset({_P, _L}),
    "registry_report.ask": frozenset({_P, _L, _CLI}),
    "registry_report.keep": frozenset({_CLI}),
    # adverse events told between treatment sessions; those of one stand on its flow-sheet
    "adverse_event.view": frozenset({_P, _N, _L}),
    "adverse_event.record": frozenset({_P, _N}),
    "safety_check.view": frozenset({_P, _N, _L}),
    "safety_check.record": frozenset({_P, _N, _CLI}),
    # the REMS monitoring form of a treatment session (United States)
    "rems_form.view": frozenset({_P, _N, _L}),
    "rems_form.sign": frozenset({_P, _N}),
    "rems_form.send": frozenset({_P, _N}),
    # the worklist: who sees it takes things to do; who leads the work gives them to others
    "work.view": frozenset({_P, _N, _F, _T, _L}),
    "work.take": frozenset({_P, _N, _F, _T, _L}),
    "work.assign": frozenset({_P, _N, _L}),
    # controlled drugs: a second person confirms waste, corrections and counts; whoever may explain is responsible
    "drug_ledger.view": frozenset({_P, _N, _L}),
    "drug_ledger.receive": frozenset({_P, _N}),
    "drug_ledger.draw": frozenset({_P, _N}),
    "drug_ledger.give": frozenset({_P, _N}),
    "drug_ledger.remove": frozenset({_P, _N}),
    "drug_ledger.correct": frozenset({_P, _N}),
    "drug_ledger.count": frozenset({_P, _N, _L}),
    "drug_ledger.witness": frozenset({_P, _N, _L}),
    "drug_ledger.explain": frozenset({_P, _L}),
    # information for patients: read by staff before it is public, signed by a physician
    "information.view": frozenset({_P, _N, _F, _T, _L}),
    "information.sign": frozenset({_P}),
    # alerts about suicide risk: seen and taken by clinicians, the rota set by the lead, carried on by the server
    "alert.view": frozenset({_P, _N, _T, _L, _CLI}),
    "alert.take": frozenset({_P, _N, _T, _L}),
    "alert.set_duty": frozenset({_L}),
    "alert.drill": frozenset({_CLI}),
    "alert.carry_on": frozenset({_CLI}),
    # messages to whoever is on duty: everybody who may be called says where
    "duty_call.set_address": frozenset({_P, _N, _T, _L}),
    "duty_call.send": frozenset({_CLI}),
    # what runs in the background: run by the server, looked after by lead and administrator
    "job.view": frozenset({_L, _ADM, _CLI}),
    "job.retry": frozenset({_L, _ADM, _CLI}),
    "job.run": frozenset({_CLI}),
    # backups and exports: whoever runs the machine
    "copy.make": frozenset({_CLI}),
    "copy.take_in": frozenset({_CLI}),
    "copy.view": frozenset({_L, _ADM, _CLI}),
    # a patient of another programme, in an emergency: read for a limited time, and reviewed
    "break_glass.open": frozenset({_P, _N, _T, _L}),
    "break_glass.view": frozenset({_L, _AUD}),
    "break_glass.review": frozenset({_L}),
    # the record of actions
    "audit.view": frozenset({_AUD, _CLI}),
    "audit.verify": frozenset({_AUD, _CLI}),
    "audit.view_reads": frozenset({_L, _AUD, _CLI}),
}

# What breaking the glass opens, of that one patient and within the person's role: reading and nothing else.
BY_BREAK_GLASS = frozenset({
    "patient.view", "course.view", "evaluation.view", "assessment.view", "treatment_session.view",
    "treatment_session.view_dose", "safety_check.view", "flow_sheet.view",
})  # fmt: skip


def may(actor: Actor, action: str, subject: Any = None) -> bool:
    """Has the actor's role this action, and is the subject in one of the actor's programmes?

    `subject` is a Programme, anything with a `.programme`, or None where the action has no programme.
    """
    if action not in ALLOWED:
        raise KeyError(f"{action!r} is not in the table of permissions; add it there first")
    if not actor.is_active or actor.role not in ALLOWED[action]:
        return False
    if isinstance(actor, CommandLine):
        return True
    if isinstance(actor, PatientByLink):
        return _is_own(actor, subject)
    programme = programme_of(subject)
    if programme is None or programme.pk in actor.programme_ids():
        return True
    return action in BY_BREAK_GLASS and _patient_key(subject) in actor.also_reads


def require(actor: Actor, action: str, subject: Any = None) -> None:
    """Raise `PermissionRefusedError` unless the actor may. The message names the action, never the subject."""
    if not may(actor, action, subject):
        raise PermissionRefusedError(f"{action} is not permitted to {actor.role.replace('_', ' ')} here")


def _patient_key(subject: Any) -> int | None:
    """Key of the patient a subject is, or belongs to; None where it belongs to none."""
    owner = getattr(subject, "course", subject)
    key: int | None = getattr(owner, "patient_id", owner.pk if owner._meta.model_name == "patient" else None)
    return key


def _is_own(actor: PatientByLink, subject: Any) -> bool:
    """Is the subject the patient's own course, or something of it?"""
    course = getattr(subject, "course", subject)
    kind = getattr(getattr(course, "_meta", None), "label_lower", "")
    return kind == "courses.course" and course.pk == actor.course_pk


def programme_of(subject: Any) -> Any:
    """The programme a subject belongs to; None for people and for nothing."""
    if subject is None or isinstance(subject, User):
        return None
    return getattr(subject, "programme", subject)
