"""Addresses of alerts and of the rota."""

from django.urls import path

from holdfast.clinic.alerts import views

urlpatterns = [
    path("alerts/", views.listed, name="alert-list"),
    path("alerts/live/", views.live, name="alert-live"),
    path("alerts/banner/", views.banner, name="alert-banner"),
    path("alerts/<uuid:alert_id>/take/", views.take, name="alert-take"),
    path("programmes/<slug:key>/duty/", views.duty, name="duty"),
    path("programmes/<slug:key>/duty/add/", views.add_turn, name="duty-add"),
    path("programmes/<slug:key>/duty/text/", views.set_text, name="duty-text"),
    path("programmes/<slug:key>/duty/minutes/", views.set_minutes, name="duty-minutes"),
    path("programmes/<slug:key>/duty/<uuid:turn_id>/end/", views.end_turn, name="duty-end"),
]
