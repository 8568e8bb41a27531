"""Addresses of the worklist."""

from django.urls import path

from holdfast.clinic.worklist import views

urlpatterns = [
    path("worklist/", views.worklist, name="worklist"),
    path("courses/<uuid:course_id>/owner/", views.own_of_course, name="work-own"),
    path("programmes/<slug:key>/owner/", views.own_of_programme, name="programme-work-own"),
]
