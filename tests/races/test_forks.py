"""What a server opens before it forks, every worker would share."""

import pytest
from django.db import connection

from config.health import tell_what_is_missing


@pytest.mark.django_db(transaction=True)
def test_the_look_at_the_start_leaves_no_connection_to_the_workers():
    connection.ensure_connection()
    pools = connection._connection_pools
    assert connection.alias in pools

    tell_what_is_missing()

    assert connection.connection is None
    assert connection.alias not in pools
