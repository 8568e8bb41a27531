"""Addresses of the registry."""

from django.urls import path

from holdfast.clinic.registry import views

urlpatterns = [
    path("patients/<uuid:patient_id>/registry/", views.consent, name="registry-consent"),
    path("programmes/<slug:key>/outcomes/", views.outcomes, name="programme-outcomes"),
    path("programmes/<slug:key>/safety/", views.safety, name="programme-safety"),
    path("programmes/<slug:key>/outcomes/ask/", views.ask, name="programme-report-ask"),
    path("programmes/<slug:key>/outcomes/files/<path:name>", views.report_file, name="programme-report-file"),
]
