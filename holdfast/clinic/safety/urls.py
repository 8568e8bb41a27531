"""Addresses of safety checks and of adverse events outside a treatment session."""

from django.urls import path

from holdfast.clinic.safety import views

urlpatterns = [
    path("courses/<uuid:course_id>/checks/record/", views.record, name="safety-record"),
    path("courses/<uuid:course_id>/adverse-events/record/", views.record_event, name="adverse-event-record"),
]
