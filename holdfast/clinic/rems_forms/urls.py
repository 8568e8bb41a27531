"""Addresses of REMS monitoring forms."""

from django.urls import path

from holdfast.clinic.rems_forms import views

FORM = "sessions/<uuid:treatment_session_id>/rems-form/"

urlpatterns = [
    path(FORM, views.show, name="rems-form"),
    path(f"{FORM}sent/", views.sent, name="rems-form-sent"),
    path(f"{FORM}print/", views.printed, name="rems-form-print"),
]
