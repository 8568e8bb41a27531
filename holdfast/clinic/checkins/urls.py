"""Addresses of check-ins: those of the staff, and the link of the patient, whose token is its only secret."""

from django.urls import path

from holdfast.clinic.checkins import patient_views, views

urlpatterns = [
    path("courses/<uuid:course_id>/check-ins/", views.ledger, name="check-ins"),
    path("courses/<uuid:course_id>/check-ins/agree/", views.agree, name="check-ins-agree"),
    path("courses/<uuid:course_id>/check-ins/pause/", views.pause, name="check-ins-pause"),
    path("courses/<uuid:course_id>/check-ins/follow-up/", views.follow_up, name="check-ins-follow-up"),
    path("check-ins/<uuid:check_in_id>/revoke/", views.revoke, name="check-in-revoke"),
    path("c/<str:token>/", patient_views.check_in, name="check-in"),
]
