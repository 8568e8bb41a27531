"""Addresses of referrals."""

from django.urls import path

from holdfast.clinic.referrals import views

urlpatterns = [
    path("referrals/", views.listed, name="referral-list"),
    path("patients/<uuid:patient_id>/referrals/add/", views.add, name="referral-add"),
    path("referrals/<uuid:referral_id>/", views.referral, name="referral"),
    path("referrals/<uuid:referral_id>/correct/", views.correct, name="referral-correct"),
    path("courses/<uuid:course_id>/referral/", views.of_course, name="course-referral"),
]
