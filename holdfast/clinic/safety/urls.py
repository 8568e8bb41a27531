"""Addresses of safety checks."""

from django.urls import path

from holdfast.clinic.safety import views

urlpatterns = [path("courses/<uuid:course_id>/checks/record/", views.record, name="safety-record")]
