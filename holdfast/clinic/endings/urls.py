"""Addresses of endings."""

from django.urls import path

from holdfast.clinic.endings import views

urlpatterns = [
    path("courses/<uuid:course_id>/end/", views.end, name="course-end"),
    path("courses/<uuid:course_id>/follow-up/", views.follow_up, name="follow-up-done"),
]
