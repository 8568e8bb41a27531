"""Addresses of the record of actions."""

from django.urls import path

from holdfast.clinic.audit import views

urlpatterns = [
    path("", views.listed, name="audit-list"),
    path("verify/", views.verify, name="audit-verify"),
    path("reads/<uuid:patient_id>/", views.reads, name="patient-reads"),
]
