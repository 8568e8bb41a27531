"""Every address of the clinic. No identifier of a person appears in one."""

from django.urls import include, path

urlpatterns = [
    # first: Django looks from the top, and nothing is sent as often as an entry at the chair
    path("", include("holdfast.clinic.flow_sheets.urls")),
    path("", include("holdfast.clinic.ui.urls")),
    path("", include("holdfast.clinic.patients.urls")),
    path("", include("holdfast.clinic.worklist.urls")),
    path("", include("holdfast.clinic.courses.urls")),
    path("", include("holdfast.clinic.assessments.urls")),
    path("", include("holdfast.clinic.treatment_sessions.urls")),
    path("", include("holdfast.clinic.drug_ledger.urls")),
    path("", include("holdfast.clinic.board.urls")),
    path("", include("holdfast.clinic.rems_forms.urls")),
    path("", include("holdfast.clinic.expected_ranges.urls")),
    path("", include("holdfast.clinic.forecasts.urls")),
    path("", include("holdfast.clinic.learning_checks.urls")),
    path("", include("holdfast.clinic.registry.urls")),
    path("", include("holdfast.clinic.safety.urls")),
    path("", include("holdfast.clinic.reviews.urls")),
    path("", include("holdfast.clinic.referrals.urls")),
    path("", include("holdfast.clinic.consents.urls")),
    path("", include("holdfast.clinic.plans.urls")),
    path("", include("holdfast.clinic.endings.urls")),
    path("", include("holdfast.clinic.letters.urls")),
    path("", include("holdfast.clinic.checkins.urls")),
    path("", include("holdfast.clinic.reminders.urls")),
    path("", include("holdfast.clinic.programmes.urls")),
    path("", include("holdfast.clinic.evidence.urls")),
    path("", include("holdfast.clinic.information.urls")),
    path("", include("holdfast.clinic.screen_lock.urls")),
    path("accounts/", include("holdfast.clinic.accounts.urls")),
    path("people/", include("holdfast.clinic.accounts.people_urls")),
    path("", include("holdfast.clinic.alerts.urls")),
    path("break-glass/", include("holdfast.clinic.break_glass.urls")),
    path("reach-me/", include("holdfast.clinic.duty_calls.urls")),
    path("jobs/", include("holdfast.clinic.jobs.urls")),
    path("audit/", include("holdfast.clinic.audit.urls")),
]

handler400 = "holdfast.clinic.ui.errors.bad_request"
handler403 = "holdfast.clinic.ui.errors.forbidden"
handler404 = "holdfast.clinic.ui.errors.not_found"
handler500 = "holdfast.clinic.ui.errors.server_error"
