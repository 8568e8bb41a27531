"""Addresses of reminders: those of the staff, and the link of the patient, whose token is its only secret."""

from django.urls import path

from holdfast.clinic.reminders import patient_views, views

urlpatterns = [
    path("courses/<uuid:course_id>/reminders/", views.ledger, name="reminders"),
    path("courses/<uuid:course_id>/reminders/agree/", views.agree, name="reminders-agree"),
    path("courses/<uuid:course_id>/reminders/stop/", views.stop, name="reminders-stop"),
    path("courses/<uuid:course_id>/reminders/evaluation/", views.of_evaluation, name="reminders-evaluation"),
    path("reminders/<uuid:reminder_id>/drop/", views.drop, name="reminder-drop"),
    path("r/<str:token>/", patient_views.reminder, name="reminder"),
]
