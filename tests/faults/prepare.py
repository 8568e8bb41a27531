"""Makes a clinic to be broken: nurses, and planned treatment sessions for each. Run with HOLDFAST_DATA set."""

from __future__ import annotations

import datetime as dt
import json
import sys

NURSES, SHEETS = 4, 5
PASSWORD = "tell-no-one-this-1"


def main() -> None:
    """Write what the nurses need, as JSON, to standard output."""
    from holdfast.clinic.config.start import open_clinic

    open_clinic()
    from holdfast.clinic.accounts.actions import create_user
    from holdfast.clinic.accounts.models import CommandLine
    from holdfast.clinic.accounts.roles import Role
    from holdfast.clinic.courses.actions import open_course
    from holdfast.clinic.patients.actions import register_patient
    from holdfast.clinic.programmes.actions import create_programme
    from holdfast.clinic.treatment_sessions.actions import SessionToPlan, plan_treatment_sessions

    now = dt.datetime.now(dt.UTC)
    clinic = create_programme(
        actor=CommandLine(), key="faults", name="Faults", kind="simulated", jurisdiction="US", country="US", now=now
    )

    def person(name: str, role: Role):
        return create_user(
            actor=CommandLine(), username=name, role=role, password=PASSWORD, programmes=[clinic], now=now
        )  # fmt: skip

    doctor = person("doctor", Role.PRESCRIBER)
    told = []
    for number in range(NURSES):
        nurse = person(f"nurse-{number}", Role.NURSE)
        paths = []
        for chair in range(SHEETS):
            patient = register_patient(actor=nurse, programme=clinic, label=f"Chair {number}-{chair}", now=now)
            course = open_course(
                actor=doctor, patient=patient, protocol="iv-racemic", indication="trd", now=now
            )  # fmt: skip
            (planned,) = plan_treatment_sessions(
                actor=nurse, course=course, sessions=[SessionToPlan(planned_on=now.date())], now=now
            )
            paths.append(f"/sessions/{planned.public_id}/flow-sheet/entries/")
        told.append({"username": nurse.username, "person": str(nurse.public_id), "paths": paths})
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
