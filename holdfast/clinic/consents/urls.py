"""Addresses of consent texts and of consent to a course."""

from django.urls import path

from holdfast.clinic.consents import views

urlpatterns = [
    path("programmes/<slug:key>/consent-texts/", views.documents, name="consent-documents"),
    path("programmes/<slug:key>/consent-texts/add/", views.add, name="consent-document-add"),
    path("consent-texts/<uuid:document_id>/", views.document, name="consent-document"),
    path("courses/<uuid:course_id>/consent/", views.consent, name="consent"),
    path("courses/<uuid:course_id>/consent/withdraw/", views.withdraw, name="consent-withdraw"),
    path("courses/<uuid:course_id>/consent/paper/", views.paper, name="consent-paper"),
]
