"""Every address of the clinic. No identifier of a person appears in one."""

from django.urls import include, path

from holdfast.clinic.ui.views import health, home

urlpatterns = [
    path("", home, name="home"),
    path("health/", health, name="health"),
    path("", include("holdfast.clinic.patients.urls")),
    path("", include("holdfast.clinic.courses.urls")),
    path("accounts/", include("holdfast.clinic.accounts.urls")),
    path("audit/", include("holdfast.clinic.audit.urls")),
]

handler400 = "holdfast.clinic.ui.errors.bad_request"
handler403 = "holdfast.clinic.ui.errors.forbidden"
handler404 = "holdfast.clinic.ui.errors.not_found"
handler500 = "holdfast.clinic.ui.errors.server_error"
