"""Addresses of expected ranges."""

from django.urls import path

from holdfast.clinic.expected_ranges import views

urlpatterns = [
    path("sessions/<uuid:treatment_session_id>/flow-sheet/expected-range/", views.show, name="expected-range"),
]
