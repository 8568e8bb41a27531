"""Addresses of course pages."""

from django.urls import path

from holdfast.clinic.courses import views

urlpatterns = [
    path("patients/<uuid:patient_id>/courses/open/", views.open_course, name="course-open"),
    path("courses/<uuid:course_id>/evaluation/", views.record_evaluation, name="evaluation-record"),
    path("courses/<uuid:course_id>/phase/", views.change_phase, name="phase-change"),
    path("courses/<uuid:course_id>/baseline/<uuid:assessment_id>/", views.fix_baseline, name="baseline-fix"),
    path("evaluations/<uuid:evaluation_id>/", views.evaluation, name="evaluation"),
    path("evaluations/<uuid:evaluation_id>/override/", views.override, name="evaluation-override"),
]
