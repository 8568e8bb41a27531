"""Addresses of forecasts."""

from django.urls import path

from holdfast.clinic.forecasts import views

urlpatterns = [
    path("courses/<uuid:course_id>/forecast/", views.of_course, name="forecast-course"),
    path("courses/<uuid:course_id>/forecast/ask/", views.ask, name="forecast-ask"),
    path("forecasts/<uuid:forecast_id>/", views.one, name="forecast"),
    path("forecasts/<uuid:forecast_id>/compare/", views.compare, name="forecast-compare"),
]
