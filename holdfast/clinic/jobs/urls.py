"""Addresses of jobs."""

from django.urls import path

from holdfast.clinic.jobs import views

urlpatterns = [
    path("", views.listed, name="job-list"),
    path("<uuid:job_id>/retry/", views.retry, name="job-retry"),
]
