"""Addresses of the screen lock."""

from django.urls import path

from holdfast.clinic.screen_lock import views

urlpatterns = [
    path("lock/now/", views.lock_now, name="screen-lock-now"),
    path("lock/open/", views.unlock, name="screen-unlock"),
    path("lock/here/", views.still_here, name="still-here"),
    path("accounts/pin/", views.quick_pin, name="quick-pin"),
]
