"""Addresses of broken glass."""

from django.urls import path

from holdfast.clinic.break_glass import views

urlpatterns = [
    path("", views.listed, name="break-glass-list"),
    path("open/", views.open_patient, name="break-glass-open"),
    path("close/", views.close, name="break-glass-close"),
    path("<uuid:break_glass_id>/review/", views.review, name="break-glass-review"),
]
