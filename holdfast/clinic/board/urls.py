"""Addresses of the board."""

from django.urls import path

from holdfast.clinic.board import views

BOARD = "programmes/<slug:key>/board/"

urlpatterns = [
    path("board/", views.start, name="board-start"),
    path(BOARD, views.show, name="board"),
    path(f"{BOARD}live/", views.live, name="board-live"),
    path(f"{BOARD}chairs/", views.chairs, name="board-chairs"),
    path(f"{BOARD}chairs/add/", views.add_chair, name="chair-add"),
    path(f"{BOARD}chairs/<uuid:chair_id>/end/", views.end_chair, name="chair-end"),
    path(f"{BOARD}names/", views.choose_names, name="board-names"),
    path("sessions/<uuid:treatment_session_id>/chair/", views.seat, name="session-chair"),
]
