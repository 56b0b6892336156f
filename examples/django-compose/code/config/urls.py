from django.urls import path

from apps.core.health_check import health
from apps.core.views import home, lessons

urlpatterns = [path("", home), path("lessons/", lessons), path("health/", health)]
