"""Addresses of caseload and patient pages."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
