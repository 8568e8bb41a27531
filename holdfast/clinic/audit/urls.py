"""Addresses of the record of actions."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
