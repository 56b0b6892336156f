import redis
from django.conf import settings
from django.db import connection
from django.http import JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from shop.models import Order

visits = redis.Redis.from_url(settings.REDIS_URL)


def home(request):
    return JsonResponse(
        {
            "version": settings.VERSION,
            "database": settings.DATABASES["default"]["NAME"],
            "orders": Order.objects.count(),
            "visits": visits.incr("visits"),
        }
    )


@csrf_exempt
@require_POST
def order(request):
    Order.objects.create(article=request.POST["article"])
    return JsonResponse({"orders": Order.objects.count()}, status=201)


def health(request):
    with connection.cursor() as cursor:
        cursor.execute("select 1")
    return JsonResponse({"version": settings.VERSION})


urlpatterns = [path("", home), path("orders", order), path("health", health)]
