"""Sign-in, password, one-time codes. What allauth offers beyond that answers 404: no sign-up, no mail."""

from allauth.account import views as allauth_views
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path

from holdfast.clinic.accounts import views
from holdfast.clinic.accounts.passkeys import remove_passkey


@login_not_required
def not_offered(request: HttpRequest) -> HttpResponse:
    """A name allauth's pages link to, which this clinic does not offer."""
    raise Http404


urlpatterns = [
    path("login/", allauth_views.login, name="account_login"),
    path("logout/", allauth_views.logout, name="account_logout"),
    path("inactive/", allauth_views.account_inactive, name="account_inactive"),
    path("reauthenticate/", allauth_views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", allauth_views.password_change, name="account_change_password"),
    path("2fa/needed/", views.two_step_needed, name="two-step-needed"),
    path("2fa/webauthn/keys/<int:pk>/remove/", remove_passkey, name="mfa_remove_webauthn"),
    path("2fa/", include("allauth.mfa.urls")),
    path("signup/", not_offered, name="account_signup"),
    path("email/", not_offered, name="account_email"),
    path("password/set/", not_offered, name="account_set_password"),
    path("password/reset/", not_offered, name="account_reset_password"),
]
