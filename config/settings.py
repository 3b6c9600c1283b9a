"""Settings of the shop, read from the environment or .env; .env.example names every variable.

Everything has a default that works on a developer's machine: no .env is needed to start.
"""

from pathlib import Path
from urllib.parse import quote, urlsplit

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from dotenv import load_dotenv

from config.env import (
    env,
    env_bool,
    env_host,
    env_int,
    env_list,
    env_region,
    env_site,
    env_zone,
)
from config.error_collector import report_errors_to
from config.mailbox import mailbox, quoted

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
VAR_DIR.mkdir(mode=0o700, exist_ok=True)  # the database is nobody else's to read
ENV_FILE = BASE_DIR / ".env" if load_dotenv(BASE_DIR / ".env") else None

# Where the shop lives -----------------------------------------------------------------------

DEBUG = env_bool("DEBUG", default=False)
SITE_URL = env_site("SITE_URL", "http://127.0.0.1:8000")
SITE_HOST = urlsplit(SITE_URL).hostname or ""
SITE_IS_HTTPS = SITE_URL.startswith("https://")

SECRET_KEY = env("SECRET_KEY")
if not SECRET_KEY:
    if not DEBUG:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set. Make one with: "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )
    SECRET_KEY = "only-for-development-and-the-same-for-everybody"  # noqa: S105

ALLOWED_HOSTS = [
    f"[{SITE_HOST}]" if ":" in SITE_HOST else SITE_HOST,
    *(["localhost", "127.0.0.1", "[::1]"] if DEBUG else []),
]
CSRF_TRUSTED_ORIGINS = [SITE_URL]
# How many proxies of our own each append to X-Forwarded-For: one, or two behind a balancer.
TRUSTED_PROXIES = env_int("TRUSTED_PROXIES", 1)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = SITE_IS_HTTPS
if SITE_IS_HTTPS:  # no subdomain and no plain http can set these
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
SECURE_REDIRECT_EXEMPT = [r"^healthz/$"]  # load balancers ask over plain http
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SITE_IS_HTTPS else 0
# HSTS for subdomains and preloading bind hosts that this shop does not own: the deployer's choice.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

# The shop -----------------------------------------------------------------------------------

SHOP_NAME = " ".join(env("SHOP_NAME", "Fieldhouse").split())  # subjects of mails are one line
CONTACT_EMAIL = env("CONTACT_EMAIL")
CURRENCY = env("CURRENCY", "usd").lower()
# How long what has ended without being an order may still say whose it was.
PERSONAL_DATA_DAYS = env_int("PERSONAL_DATA_DAYS", 180)

STRIPE_SECRET_KEY = env("STRIPE_SECRET_KEY")
STRIPE_API_BASE = env("STRIPE_API_BASE", "https://api.stripe.com").rstrip("/")
STRIPE_CHECKOUT_HOST = env_host("STRIPE_CHECKOUT_HOST", "checkout.stripe.com")
STRIPE_SIMULATED = DEBUG and not STRIPE_SECRET_KEY
STRIPE_SIMULATOR_STORE = VAR_DIR / "stripe_simulator.sqlite3"
STRIPE_WEBHOOK_SECRET = env("STRIPE_WEBHOOK_SECRET", "whsec_simulated" if STRIPE_SIMULATED else "")
STRIPE_PROMOTION_CODES = env_bool("STRIPE_PROMOTION_CODES", default=False)
STRIPE_AUTOMATIC_TAX = env_bool("STRIPE_AUTOMATIC_TAX", default=False)
STRIPE_SHIPPING_COUNTRIES = [code.upper() for code in env_list("STRIPE_SHIPPING_COUNTRIES")]

# Django -------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "config",
    "accounts",
    "shop",
    "orders",
    *(["stripe_simulator"] if STRIPE_SIMULATED else []),
    *(["demo"] if DEBUG else []),  # its accounts have well-known passwords
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_include_bootstrap",
    "heroicons",
    "django_otp",
    "django_otp.plugins.otp_static",
    "django_otp.plugins.otp_totp",
]
MIDDLEWARE = [
    "config.request_log.RequestLogMiddleware",
    "config.health.HealthMiddleware",
    "config.middleware.PlainRequestMiddleware",
    "config.headers.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.again.TryAgainMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "accounts.middleware.LoginRequiredMiddleware",
    "accounts.middleware.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "accounts.middleware.TooManyTriesMiddleware",
    "config.odd_input.OddInputMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "shop.context_processors.shop",
            ],
        },
    },
]
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Whoever waits longer for a lock gets the calm page, before the thread is missed elsewhere.
LOCK_SECONDS = 10
SQLITE_OPTIONS = {
    # A deferred transaction that reads and then writes fails at once with "database is locked".
    "transaction_mode": "IMMEDIATE",
    "timeout": LOCK_SECONDS,
    # FULL: what Stripe was told that we know must survive a power cut.
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
}
# Quoted: the folder may be called C# or 100%.
OWN_DATABASE = f"sqlite:///{quote(str(VAR_DIR / 'shop.sqlite3'))}"
DATABASES = {"default": dj_database_url.parse(env("DATABASE_URL", OWN_DATABASE))}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS
elif DATABASES["default"]["ENGINE"].endswith("postgresql"):
    DATABASES["default"]["OPTIONS"] = {
        "options": f"-c lock_timeout={LOCK_SECONDS}s",
        **DATABASES["default"].get("OPTIONS", {}),  # of the address, such as ?sslmode=require
        "pool": {"min_size": 1, "max_size": 10, "timeout": 5},
    }
    # PostgreSQL may have been restarted since a connection was last used.
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

SESSION_ENGINE = "accounts.sessions"
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.UsernameOrEmailBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "accounts.password_words.CommonPasswordValidator"},
    {"NAME": "accounts.password_words.NumericPasswordValidator"},
    {"NAME": "accounts.password_words.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "shop:home"
LOGOUT_REDIRECT_URL = "accounts:login"
CSRF_FAILURE_VIEW = "config.views.form_too_old"

# Whether staff type a code of their device, too, before they come into the admin.
STAFF_SECOND_FACTOR = env_bool("STAFF_SECOND_FACTOR", default=False)
OTP_TOTP_ISSUER = SHOP_NAME[:40]  # what a device calls the account; a QR code holds no book
OTP_TOTP_SYNC = False  # one step early or late, and no further by and by

# How dates and amounts are written; the words are English.
LANGUAGE_CODE = env_region("LANGUAGE_CODE", "en-us")
LANGUAGES = [(LANGUAGE_CODE, LANGUAGE_CODE)]
USE_I18N = False
TIME_ZONE = env_zone("TIME_ZONE", "UTC")
USE_TZ = True

# Files --------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Tests too serve what was not collected: Django switches DEBUG off there, but only after this.
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = DEBUG
MEDIA_URL = "media/"
MEDIA_ROOT = BASE_DIR / "media"
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o755  # the web server reads them, whatever the umask
MEDIA_S3_BUCKET = env("MEDIA_S3_BUCKET")
STORAGES = {
    "default": (
        {
            "BACKEND": "storages.backends.s3.S3Storage",
            # Product pictures are public; signed addresses would change at every page view.
            "OPTIONS": {"bucket_name": MEDIA_S3_BUCKET, "querystring_auth": False},
        }
        if MEDIA_S3_BUCKET
        else {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    ),
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}

# Mail ---------------------------------------------------------------------------------------

EMAIL_HOST = env("EMAIL_HOST")
EMAIL_PORT = env_int("EMAIL_PORT", 587)
EMAIL_HOST_USER = env("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env_bool("EMAIL_USE_TLS", default=True)
EMAIL_TIMEOUT = 10  # seconds; Django's default waits for ever
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
DEFAULT_FROM_EMAIL = SERVER_EMAIL = quoted(env("DEFAULT_FROM_EMAIL")) or mailbox(
    SHOP_NAME, f"shop@{SITE_HOST}"
)

# Browsers' rules ----------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "style-src": [SELF],
        "script-src": [SELF],
        "img-src": [SELF, "data:", *(["https:"] if MEDIA_S3_BUCKET else [])],
        "font-src": [SELF],
        "connect-src": [SELF],
        # Chromium applies form-action to the redirect after the POST too: without Stripe's host
        # here, Buy would do nothing.
        "form-action": [SELF, f"https://{STRIPE_CHECKOUT_HOST}"],
        "frame-ancestors": [NONE],
        "base-uri": [SELF],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Log ----------------------------------------------------------------------------------------

# For people on standard error with DEBUG on; else one JSON object a line on standard output. Errors
# come with their traceback.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "config.log.LineFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        },
        "json": {"()": "config.log.JsonLineFormatter"},
        "mail": {"()": "config.log.LineFormatter"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "stream": f"ext://sys.{'stderr' if DEBUG else 'stdout'}",
            "formatter": "line" if DEBUG else "json",
        },
        "mail": {"class": "config.log.ErrorMailHandler", "level": "ERROR", "formatter": "mail"},
    },
    "root": {"handlers": ["console", "mail"], "level": "WARNING"},
    "loggers": {
        # Django's own handlers are silent without DEBUG, or mail admins that are not set.
        "django": {"handlers": [], "level": "INFO"},
        "django.request": {"level": "ERROR"},  # a page that is not there is no news
        **{name: {"level": "INFO"} for name in ("accounts", "shop", "orders", "stripe_simulator")},
    },
}
ADMINS = [("", address) for address in env_list("ADMINS")]
SENTRY_DSN = env("SENTRY_DSN")
if SENTRY_DSN:
    report_errors_to(SENTRY_DSN)
