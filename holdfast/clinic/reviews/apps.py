"""Registers the app with Django."""

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    """Label `reviews`."""

    name = "holdfast.clinic.reviews"
    label = "reviews"
    default_auto_field = "django.db.models.BigAutoField"
