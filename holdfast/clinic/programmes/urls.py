"""Addresses of programmes and of the care rules."""

from django.urls import path

from holdfast.clinic.accounts.views import require_two_step
from holdfast.clinic.programmes import views

urlpatterns = [
    path("programmes/", views.listed, name="programme-list"),
    path("programmes/<slug:key>/", views.programme, name="programme"),
    path("programmes/<slug:key>/settings/", views.choose_setting, name="programme-setting"),
    path("programmes/<slug:key>/two-step/", require_two_step, name="programme-two-step"),
    path("programmes/<slug:key>/sign/<str:rule_id>/", views.sign, name="rule-sign"),
    path("rules/", views.rules, name="rule-list"),
    path("rules/<str:rule_id>/", views.rule, name="rule"),
]
