"""Addresses that belong to no noun."""

from django.urls import path

from holdfast.clinic.ui import views

urlpatterns = [
    path("", views.home, name="home"),
    path("health/", views.health, name="health"),
    path("theme/", views.theme, name="theme"),
    path("about/", views.about, name="about"),
    path("about/design/", views.design, name="design"),
]
