"""Addresses of the registry."""

from django.urls import path

from holdfast.clinic.registry import views

urlpatterns = [
    path("patients/<uuid:patient_id>/registry/", views.consent, name="registry-consent"),
]
