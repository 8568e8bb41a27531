"""Addresses of the published evidence. None names a patient or a programme."""

from django.urls import path

from holdfast.clinic.evidence import views

urlpatterns = [
    path("evidence/", views.studies, name="study-list"),
    path("evidence/studies/<str:study_id>/", views.study, name="study"),
    path("evidence/founding/", views.founding_studies, name="founding-list"),
    path("evidence/founding/<str:study_id>/", views.founding_study, name="founding"),
    path("evidence/compare/", views.compare, name="evidence-compare"),
    path("evidence/qualification/", views.qualification, name="qualification"),
    path("evidence/qualification/<str:name>", views.qualification_report, name="qualification-report"),
    path("evidence/articles/", views.articles, name="article-conflicts"),
    path("evidence/numbers/", views.numbers, name="fact-list"),
    path("evidence/numbers/<path:fact_id>/", views.fact, name="fact"),
    path("evidence/sources/<str:ref>/", views.source, name="source"),
]
