"""Addresses of reviews."""

from django.urls import path

from holdfast.clinic.reviews import views

urlpatterns = [
    path("courses/<uuid:course_id>/reviews/<slug:review>/", views.record, name="review-record"),
]
