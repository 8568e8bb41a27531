"""Addresses of the controlled-drug ledger."""

from django.urls import path

from holdfast.clinic.drug_ledger import views

urlpatterns = [
    path("drugs/", views.ledgers, name="drug-ledger-list"),
    path("programmes/<slug:key>/drugs/", views.ledger, name="drug-ledger"),
    path("programmes/<slug:key>/drugs/receive/", views.receive, name="drug-receive"),
    path("programmes/<slug:key>/drugs/close/", views.close, name="drug-close"),
    path("programmes/<slug:key>/drugs/days/<str:day>/", views.day, name="drug-day"),
    path("drugs/lots/<uuid:lot_id>/", views.lot, name="drug-lot"),
    path("drugs/lots/<uuid:lot_id>/draw/", views.draw, name="drug-draw"),
    path("drugs/lots/<uuid:lot_id>/remove/", views.remove, name="drug-remove"),
    path("drugs/drawings/<uuid:movement_id>/", views.account, name="drug-account"),
    path("drugs/movements/<uuid:movement_id>/correct/", views.correct, name="drug-correct"),
    path("drugs/counts/<uuid:count_id>/", views.count, name="drug-count"),
]
