"""Settings of the clinic. What differs between installations comes from the environment (see docs/reference)."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from holdfast.clinic.config import mail, paths
from holdfast.clinic.config.database import database

CLINIC = Path(__file__).resolve().parent.parent
DATA = paths.data_folder()
PUBLIC_URL = paths.public_url()
HTTPS = PUBLIC_URL.startswith("https://")

SECRET_KEY = paths.kept_secret(DATA, "secret-key")
DEBUG = False
ALLOWED_HOSTS = sorted({urlsplit(PUBLIC_URL).hostname or "127.0.0.1", "127.0.0.1", "localhost", "[::1]"})
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if HTTPS else []

INSTALLED_APPS = [
    "holdfast.clinic.ui",
    "holdfast.clinic.accounts",
    "holdfast.clinic.screen_lock",
    "holdfast.clinic.programmes",
    "holdfast.clinic.patients",
    "holdfast.clinic.courses",
    "holdfast.clinic.assessments",
    "holdfast.clinic.treatment_sessions",
    "holdfast.clinic.drug_ledger",
    "holdfast.clinic.flow_sheets",
    "holdfast.clinic.rems_forms",
    "holdfast.clinic.worklist",
    "holdfast.clinic.expected_ranges",
    "holdfast.clinic.forecasts",
    "holdfast.clinic.learning_checks",
    "holdfast.clinic.registry",
    "holdfast.clinic.safety",
    "holdfast.clinic.reviews",
    "holdfast.clinic.referrals",
    "holdfast.clinic.consents",
    "holdfast.clinic.plans",
    "holdfast.clinic.endings",
    "holdfast.clinic.letters",
    "holdfast.clinic.checkins",
    "holdfast.clinic.reminders",
    "holdfast.clinic.evidence",
    "holdfast.clinic.information",
    "holdfast.clinic.audit",
    "holdfast.clinic.break_glass",
    "holdfast.clinic.alerts",
    "holdfast.clinic.board",
    "holdfast.clinic.duty_calls",
    "holdfast.clinic.jobs",
    "holdfast.clinic.copies",
    "holdfast.clinic.sent_forms",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "django_htmx",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "holdfast.clinic.config.middleware.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "holdfast.clinic.accounts.middleware.SignedIn",
    "holdfast.clinic.accounts.middleware.IdleSignOut",
    "holdfast.clinic.accounts.middleware.SignInRequired",
    "holdfast.clinic.accounts.middleware.TwoStepRequired",
    "holdfast.clinic.screen_lock.middleware.ScreenLock",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "holdfast.clinic.break_glass.middleware.OpenedByBreakGlass",
    "holdfast.clinic.audit.middleware.AuditedReads",
    "holdfast.clinic.config.middleware.RefusalPages",
    "axes.middleware.AxesMiddleware",
    "holdfast.clinic.sent_forms.middleware.SentOnce",
]

ROOT_URLCONF = "holdfast.clinic.config.urls"
ASGI_APPLICATION = "holdfast.clinic.config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "holdfast.clinic.ui.context.page",
            ],
        },
    }
]

DATABASES = {
    "default": database(
        os.environ.get("HOLDFAST_DATABASE_URL"), DATA, os.environ.get("HOLDFAST_DATABASE_PASSWORD_FILE", "")
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}  # one process serves

BOARDS_IN_OWN_PROCESS = True  # entries need not wait for them (board/drawing.py)

# Sign-in
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "holdfast.clinic.accounts.backend.Backend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "holdfast.clinic.accounts.adapter.Adapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_NOTIFICATIONS = False
MFA_ADAPTER = "holdfast.clinic.accounts.adapter.TwoStepAdapter"
TWO_STEP_REQUIRED = paths.two_step_required()
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True  # alone only where the device asked for its PIN or a finger: docs/adr/0014
MFA_FORMS = {
    name: f"holdfast.clinic.accounts.passkeys.{form}" for name, form in {
        "add_webauthn": "AddPasskeyForm", "edit_webauthn": "RenamePasskeyForm",
        "authenticate_webauthn": "SecondStepForm", "login_webauthn": "PasskeySignInForm",
        "reauthenticate_webauthn": "ConfirmByPasskeyForm",
    }.items()
}  # fmt: skip
MFA_TOTP_ISSUER = "Holdfast"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "holdfast.clinic.ui.errors.locked_out"
AXES_VERBOSE = False
AXES_HANDLER = "holdfast.clinic.accounts.lock_out.NothingTyped"
AXES_USERNAME_CALLABLE = "holdfast.clinic.accounts.lock_out.counted_name"

# Sessions end after 12 h in any case and after 15 min without a request (accounts/middleware.py).
SESSION_ENGINE = "holdfast.clinic.accounts.sessions"
SESSION_COOKIE_NAME = "holdfast_session"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # the other kind writes them in a cookie
IDLE_SIGN_OUT_S = 15 * 60
# Looking at the same page of the same patient again within this time is the same reading (audit/middleware.py).
READ_AGAIN_S = 10 * 60
LIST_AGAIN_S = 60 * 60
# Reading a patient of another programme in an emergency: for how long, and how often somebody may guess wrong an hour.
BREAK_GLASS_MIN = 60
BREAK_GLASS_TRIES = 5
CSRF_COOKIE_NAME = "holdfast_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "holdfast.clinic.ui.errors.csrf_failure"

# Transport and headers. The policy of content is in config/middleware.py.
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_SSL_REDIRECT = HTTPS
SECURE_SSL_HOST = urlsplit(PUBLIC_URL).netloc if HTTPS else None
SECURE_REDIRECT_EXEMPT = ["^health/$"]  # asked by the machine itself
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
# Other services may live under the same domain and are not ours to bind to https, nor to list for preloading.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
if HTTPS:  # set only behind a proxy that overwrites this header
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Words and time: stored in UTC, shown in the time zone of the programme
LANGUAGE_CODE = "en-gb"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Static files come from the packages themselves; nothing is collected first
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000_000
# Check-ins go out by the clinic's own mail server and SMS gateway; without them they are told as not set up. Staff get
# no mail: who forgot a password goes to the desk.
globals().update(mail.settings_of(os.environ))
CHECK_IN_SMS_GATEWAY = os.environ.get("HOLDFAST_SMS_GATEWAY", "")
CHECK_IN_OUTBOX = DATA / "outbox"  # messages of simulated programmes, which reach nobody

# Logs carry route names and counts, never paths, names, answers or scores
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"no_patient_data": {"()": "holdfast.clinic.config.logs.NoPatientData"}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["no_patient_data"]},
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "django.server": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
        "axes": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
    },
}
