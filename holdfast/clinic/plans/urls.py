"""Addresses of plans."""

from django.urls import path

from holdfast.clinic.plans import views

urlpatterns = [
    path("courses/<uuid:course_id>/plan/", views.plan, name="plan"),
    path("courses/<uuid:course_id>/plan/change/", views.change, name="plan-change"),
    path("courses/<uuid:course_id>/plan/sessions/", views.sessions, name="plan-sessions"),
]
