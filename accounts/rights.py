"""Nobody makes anybody, himself included, more than he is, nor takes over somebody who is more."""

from django.contrib.auth.models import Group, Permission
from django.db.models import Q, QuerySet

from accounts.models import User


def rights_of(user: User) -> QuerySet[Permission]:
    """What the account may do, of its own and by its groups; also while it is switched off."""
    if user.is_superuser:
        return Permission.objects.all()
    return Permission.objects.filter(Q(user=user) | Q(group__user=user)).distinct()


def is_more(user: User, than: User) -> bool:
    """Whether the account may do anything that the other may not."""
    if than.is_superuser:
        return False
    return user.is_superuser or goes_beyond(rights_of(user), than)


def goes_beyond(rights: QuerySet[Permission], of: User) -> bool:
    return not of.is_superuser and rights.exclude(pk__in=rights_of(of).values("pk")).exists()


def groups_within(user: User) -> QuerySet[Group]:
    """The groups that give nothing that the account has not."""
    if user.is_superuser:
        return Group.objects.all()
    beyond = Permission.objects.exclude(pk__in=rights_of(user).values("pk"))
    return Group.objects.exclude(permissions__in=beyond)
