from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import JsonResponse


def health(request):
    with connection.cursor() as cursor:
        cursor.execute("select 1")
    cache.set("health", "ok", 10)
    return JsonResponse({"status": "ok", "version": settings.VERSION})
