"""Addresses of letters. None carries an identifier, and neither does the name of a file."""

from django.urls import path

from holdfast.clinic.letters import views

urlpatterns = [
    path("courses/<uuid:course_id>/letters/", views.listed, name="letters"),
    path("courses/<uuid:course_id>/letters/write/", views.write, name="letter-write"),
    path("courses/<uuid:course_id>/letters/preview/", views.preview, name="letter-preview"),
    path("letters/<uuid:letter_id>/correct/", views.correct, name="letter-correct"),
    path("letters/<uuid:letter_id>/letter.pdf", views.file, name="letter-file"),
]
