"""What cron does at night: delete what is old, and write down the rest."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Tries
from orders.models import Run, StripeEvent
from shop.models import CartItem, Checkout

LONG_AGO = timezone.now() - timedelta(days=200)


def test_maintain_deletes_what_is_old_and_nothing_else(alice, mug, bowl, capsys):
    for number, then in enumerate([LONG_AGO, timezone.now()]):
        soon = then + timedelta(minutes=1)
        Session.objects.create(session_key=str(number), session_data="", expire_date=soon)
        Tries.objects.create(scope="login", who=str(number), count=1, ends_at=soon)
        StripeEvent.objects.create(stripe_event_id=number, received_at=then, handled_at=then)
        item = CartItem(user=alice, product=[mug, bowl][number], quantity=1, price_seen_cents=1)
        item.save()
        CartItem.objects.filter(pk=item.pk).update(added_at=then)
    StripeEvent.objects.create(stripe_event_id="failed", received_at=LONG_AGO)
    start = {"email": "alice@example.com", "currency": "usd", "total_cents": 100}
    ended = {"status": Checkout.Status.EXPIRED, "expires_at": LONG_AGO}
    old = Checkout.objects.create(**start, **ended)
    call_command("maintain")

    assert capsys.readouterr().out == (
        "deleted: 1 sessions, 1 counts of tries, 1 events, 1 lines of carts; "
        "took the buyer out of 1 old checkouts\n"
    )
    old.refresh_from_db()
    assert old.email == ""
    assert Run.objects.get().name == "maintain"
    assert [Session.objects.count(), Tries.objects.count(), CartItem.objects.count()] == [1, 1, 1]
    assert set(StripeEvent.objects.values_list("stripe_event_id", flat=True)) == {"1", "failed"}


@pytest.fixture
def backup(transactional_db, alice, mug, settings, tmp_path):
    (settings.MEDIA_ROOT / "products").mkdir(parents=True)
    (settings.MEDIA_ROOT / "products" / "mug.webp").write_bytes(b"a mug")
    call_command("backup", tmp_path / "shop.backup")
    return tmp_path / "shop.backup"


def test_a_backup_brings_back_database_and_uploads(backup, alice, mug, settings):
    alice.delete()
    mug.delete()
    picture = settings.MEDIA_ROOT / "products" / "mug.webp"
    picture.unlink()
    call_command("restore", backup, "--replace")

    assert type(alice).objects.get().username == "alice"
    assert type(mug).objects.get().name == "Speckled mug"
    assert picture.read_bytes() == b"a mug"


def test_only_its_owner_may_read_a_backup(backup):
    assert backup.stat().st_mode & 0o077 == 0


def test_a_backup_is_never_written_over(backup):
    with pytest.raises(CommandError, match="is there already"):
        call_command("backup", backup)


def test_a_restore_asks_before_it_replaces_accounts(backup, alice):
    with pytest.raises(CommandError, match="--replace"):
        call_command("restore", backup)


def test_what_is_no_backup_changes_nothing(backup, alice):
    backup.write_bytes(b"nonsense")

    with pytest.raises(CommandError, match="is no backup"):
        call_command("restore", backup, "--replace")
    assert type(alice).objects.exists()
