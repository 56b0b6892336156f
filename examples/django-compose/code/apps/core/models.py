from django.db import models


class Lesson(models.Model):
    title = models.CharField(max_length=100)
    made_at = models.DateTimeField(auto_now_add=True)
