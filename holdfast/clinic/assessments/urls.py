"""Addresses of ratings."""

from django.urls import path

from holdfast.clinic.assessments import views

urlpatterns = [
    path("courses/<uuid:course_id>/assessments/", views.choose, name="assessment-choose"),
    path("courses/<uuid:course_id>/assessments/<slug:scale_id>/", views.record, name="assessment-record"),
    path("assessments/<uuid:assessment_id>/", views.show, name="assessment"),
    path("assessments/<uuid:assessment_id>/correct/", views.correct, name="assessment-correct"),
]
