import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = os.environ.get("SECRET_KEY", "only for tests and for this machine")
DEBUG = os.environ.get("DEBUG") == "true"
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "localhost,127.0.0.1").split(",")
INSTALLED_APPS = ["django.contrib.staticfiles", "apps.core"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
# Its own pages may show it, hence no W019.
X_FRAME_OPTIONS = "SAMEORIGIN"
# Plain HTTP: drop the others where TLS ends at nginx, and set what they ask for.
SILENCED_SYSTEM_CHECKS = ["security.W019", "security.W004", "security.W008", "security.W016"]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True

database = urlsplit(os.environ["DATABASE_URL"])
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database.path.lstrip("/"),
        "USER": unquote(database.username or ""),
        "PASSWORD": unquote(database.password or ""),
        "HOST": database.hostname,
        "PORT": database.port or 5432,
        # PgBouncer gives each transaction another session.
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }
}
if "REDIS_URL" in os.environ:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": os.environ["REDIS_URL"],
        }
    }

STORAGE = Path(os.environ.get("STORAGE", BASE_DIR / "storage"))
STATIC_URL = "/static/"
STATIC_ROOT = STORAGE / "static"
MEDIA_ROOT = STORAGE / "media"
# The commit that the image was built from.
VERSION = os.environ.get("VERSION", "dev")
