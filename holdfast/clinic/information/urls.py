"""Addresses of the information for patients: two that anybody may open, and those of the staff."""

from django.urls import path

from holdfast.clinic.information import views

urlpatterns = [
    path("information/", views.public_index, name="information"),
    path("information/<slug:programme_key>/", views.public, name="information-programme"),
    path("programmes/<slug:key>/information/", views.draft, name="information-draft"),
    path("programmes/<slug:key>/information/withdraw/<str:claim_id>/", views.withdraw, name="information-withdraw"),
    path("programmes/<slug:key>/information/<slug:section>/", views.sign, name="information-sign"),
]
