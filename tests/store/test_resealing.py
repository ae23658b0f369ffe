"""After sealing anew with the first key the others may go."""

from dataclasses import replace

import pytest

from sync.errors import SetupError
from sync.keyring import Keyring, generate_key
from sync.model import LaunchAlgorithm, LaunchKey, LogInRefusal, Problem, StoredToken
from sync.store import Store
from sync.store.tokens import RowTokenStore
from tests.store.helpers import NOON, make_space

OLD, NEW = generate_key(), generate_key()
LAUNCH = LaunchKey(algorithm=LaunchAlgorithm.HS256, key="launch secret")
PAIR = StoredToken(access="access secret", refresh="refresh secret", expires_at=NOON, version=1)
NAME = "acton.example.com|client|user"


def with_keys(store: Store, *keys: str) -> Store:
    return Store(store.database, Keyring.parse(",".join(keys)))


def tokens_of(store: Store) -> RowTokenStore:
    return RowTokenStore(store.database, store.keyring, NAME)


@pytest.fixture
def sealed(store: Store) -> Store:
    """Two spaces, one with everything that may be sealed, and tokens; all with the old key."""
    old = with_keys(store, OLD)
    bare = make_space("bare_sales")
    with old.write() as desk:
        desk.spaces.save(make_space(), now=NOON)
        desk.spaces.save_launch_key("acme_sales", LAUNCH)
        desk.spaces.save(replace(bare, acton=replace(bare.acton, password=None)), now=NOON)
    tokens_of(old).adopt(PAIR)
    problem = Problem(kind="acton_credentials", message="Refused.", hint="")
    RowTokenStore(store.database, old.keyring, "other").note_refusal(
        LogInRefusal(tried="digest", problem=problem, until=NOON)
    )
    return store


def test_everything_opens_with_the_new_key_alone(sealed: Store) -> None:
    assert with_keys(sealed, NEW, OLD).reseal() == 6
    new = with_keys(sealed, NEW)
    with new.read() as desk:
        assert desk.spaces.get("acme_sales") == make_space()
        assert desk.spaces.get("bare_sales").pipeliner.password == "pipeliner secret"
        assert desk.spaces.launch_key("acme_sales") == LAUNCH
    assert tokens_of(new).read() == PAIR


def test_with_a_key_missing_nothing_is_changed(sealed: Store) -> None:
    with with_keys(sealed, NEW).write() as desk:
        desk.spaces.save(make_space("new_sales"), now=NOON)
    with pytest.raises(SetupError, match="cannot be opened"):
        with_keys(sealed, NEW).reseal()
    with with_keys(sealed, OLD).read() as desk:
        assert desk.spaces.get("acme_sales") == make_space()
        assert desk.spaces.launch_key("acme_sales") == LAUNCH


def test_no_column_that_is_sealed_is_forgotten(sealed: Store) -> None:
    with_keys(sealed, NEW, OLD).reseal()
    old_id = Keyring.parse(OLD).key_id
    with sealed.database.read() as connection:
        for table in ("spaces", "tokens"):
            rows = connection.exec_driver_sql(f"SELECT * FROM {table}").mappings().all()  # noqa: S608
            kept = [row for row in rows if not str(row.get("name")).startswith("refused|")]
            assert kept
            assert old_id not in str(kept)
