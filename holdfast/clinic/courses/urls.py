"""Addresses of course pages."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
