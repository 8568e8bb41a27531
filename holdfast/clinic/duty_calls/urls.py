"""Addresses of the pages of calls."""

from django.urls import path

from holdfast.clinic.duty_calls import views

urlpatterns = [path("", views.own, name="duty-address")]
