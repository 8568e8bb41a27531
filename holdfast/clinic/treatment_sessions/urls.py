"""Addresses of treatment sessions."""

from django.urls import path

from holdfast.clinic.treatment_sessions import views

urlpatterns = [
    path("courses/<uuid:course_id>/sessions/plan/", views.plan, name="session-plan"),
    path("courses/<uuid:course_id>/sessions/record/", views.record, name="session-record"),
    path("sessions/<uuid:treatment_session_id>/correct/", views.correct, name="session-correct"),
    path("sessions/<uuid:treatment_session_id>/cancel/", views.cancel, name="session-cancel"),
]
