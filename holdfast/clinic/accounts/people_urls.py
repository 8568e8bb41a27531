"""Addresses of the people pages, for administrators."""

from django.urls import path

from holdfast.clinic.accounts import views

urlpatterns = [
    path("", views.listed, name="user-list"),
    path("add/", views.add, name="user-add"),
    path("<uuid:user_id>/", views.person, name="user"),
    path("<uuid:user_id>/two-step/", views.reset_two_step, name="user-two-step-reset"),
    path("<uuid:user_id>/close/", views.close, name="user-close"),
]
