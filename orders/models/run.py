from django.db import models
from django.utils import timezone


class Run(models.Model):
    """When a command that cron starts was last done: one row for each such command."""

    name = models.CharField(max_length=50, unique=True)
    ended_at = models.DateTimeField()
    failures = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.name

    @classmethod
    def note(cls, name: str, failures: int) -> None:
        values = {"ended_at": timezone.now(), "failures": failures}
        cls.objects.update_or_create(name=name, defaults=values)
