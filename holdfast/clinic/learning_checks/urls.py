"""Addresses of the learning check."""

from django.urls import path

from holdfast.clinic.learning_checks import views

urlpatterns = [
    path("programmes/<slug:key>/forecasts/", views.of_programme, name="learning-check"),
    path("programmes/<slug:key>/forecasts/ask/", views.ask, name="learning-check-ask"),
    path("programmes/<slug:key>/forecasts/alarms/<uuid:alarm_id>/close/", views.close_alarm, name="drift-alarm-close"),
]
