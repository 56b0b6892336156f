from django.conf import settings
from django.http import JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from apps.core.models import Lesson


def home(request):
    return JsonResponse(
        {
            "version": settings.VERSION,
            "database": settings.DATABASES["default"]["NAME"],
            "lessons": Lesson.objects.count(),
        }
    )


@csrf_exempt
@require_POST
def lessons(request):
    Lesson.objects.create(title=request.POST["title"])
    return JsonResponse({"lessons": Lesson.objects.count()}, status=201)
