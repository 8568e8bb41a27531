"""Addresses of flow-sheets."""

from django.urls import path

from holdfast.clinic.flow_sheets import queue_views, views

SHEET = "sessions/<uuid:treatment_session_id>/flow-sheet/"

urlpatterns = [
    path("sessions/offline/", queue_views.offline, name="flow-sheet-offline"),
    path("sessions/worker.js", queue_views.worker, name="flow-sheet-worker"),
    path(SHEET, views.show, name="flow-sheet"),
    path(f"{SHEET}record/<slug:kind>/", views.record, name="flow-sheet-record"),
    path(f"{SHEET}entries/", queue_views.entries_json, name="flow-sheet-entries"),
    path(f"{SHEET}entries/<uuid:entry_key>/correct/", views.correct, name="flow-sheet-correct"),
    path(f"{SHEET}slip/", views.slip, name="flow-sheet-slip"),
]
