"""Every patient registered before versions were kept gets a first one. Who registered them stands in the audit."""

from __future__ import annotations

from typing import Any

from django.db import migrations

DETAILS = ("label", "record_number", "date_of_birth", "age_y", "age_basis", "sex", "diagnosis")


def first_versions(apps: Any, schema_editor: Any) -> None:
    patients, details = apps.get_model("patients", "Patient"), apps.get_model("patients", "PatientDetails")
    rows = patients.objects.using(schema_editor.connection.alias).filter(details=None)
    details.objects.using(schema_editor.connection.alias).bulk_create(
        details(patient=row, version=1, at=row.created_at, **{name: getattr(row, name) for name in DETAILS})
        for row in rows
    )


class Migration(migrations.Migration):
    dependencies = [("patients", "0002_patient_details")]

    operations = [migrations.RunPython(first_versions, migrations.RunPython.noop)]
