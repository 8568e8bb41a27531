"""Addresses of caseload and patient pages."""

from django.urls import path

from holdfast.clinic.patients import views

urlpatterns = [
    path("caseload/", views.caseload, name="caseload"),
    path("patients/add/", views.add, name="patient-add"),
    path("patients/<uuid:patient_id>/", views.patient, name="patient"),
    path("patients/<uuid:patient_id>/correct/", views.correct, name="patient-correct"),
]
