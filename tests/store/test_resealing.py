"""After sealing anew with the first key the others may go."""

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from sync.errors import SetupError
from sync.keyring import Keyring, generate_key
from sync.model import LaunchAlgorithm, LaunchKey, LogInRefusal, Problem, StoredToken
from sync.store import Store
from sync.store.resealing import reseal
from sync.store.tables import spaces
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
        desk.crm_hooks.ensure("acme_sales")
        desk.crm_hooks.rotate("acme_sales")
        desk.spaces.save(replace(bare, acton=replace(bare.acton, password=None)), now=NOON)
    tokens_of(old).adopt(PAIR)
    problem = Problem(kind="acton_credentials", message="Refused.", hint="")
    RowTokenStore(store.database, old.keyring, "other").note_refusal(
        LogInRefusal(tried="digest", problem=problem, until=NOON)
    )
    return store


def test_everything_opens_with_the_new_key_alone(sealed: Store) -> None:
    assert with_keys(sealed, NEW, OLD).reseal() == 8
    new = with_keys(sealed, NEW)
    with new.read() as desk:
        assert desk.spaces.get("acme_sales") == make_space()
        assert desk.spaces.get("bare_sales").pipeliner.password == "pipeliner secret"
        assert desk.spaces.launch_key("acme_sales") == LAUNCH
        assert len(desk.crm_hooks.signatures("acme_sales")) == 2
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


def test_asked_again_after_it_was_stopped_it_does_what_is_left(sealed: Store) -> None:
    """It is one transaction: stopped half-way it has done nothing, and may be asked again."""
    both = with_keys(sealed, NEW, OLD)
    with pytest.raises(ZeroDivisionError), both.database.write() as connection:
        assert reseal(connection, both.keyring) / 0  # stopped half-way
    with with_keys(sealed, OLD).read() as desk:
        assert desk.spaces.get("acme_sales") == make_space()
    assert both.reseal() == 8
    assert both.reseal() == 8
    with with_keys(sealed, NEW).read() as desk:
        assert desk.spaces.get("acme_sales") == make_space()


@pytest.mark.parametrize(
    ("column", "to"),
    [
        ("pipeliner_password_sealed", "bare_sales"),  # another space
        ("launch_key_sealed", "bare_sales"),
    ],
)
def test_a_ciphertext_moved_to_another_row_is_refused(sealed: Store, column: str, to: str) -> None:
    old = with_keys(sealed, OLD)
    with sealed.database.write() as connection:
        row = connection.execute(select(spaces).where(spaces.c.space_id == "acme_sales"))
        moved = row.mappings().one()[column]
        values = {column: moved, "launch_algorithm": LAUNCH.algorithm.value}
        connection.execute(update(spaces).where(spaces.c.space_id == to).values(values))
    look = "launch_key" if column == "launch_key_sealed" else "get"
    with old.read() as desk, pytest.raises(SetupError, match="cannot be opened"):
        getattr(desk.spaces, look)(to)
    with pytest.raises(SetupError, match="cannot be opened"):
        with_keys(sealed, NEW, OLD).reseal()


def test_a_ciphertext_moved_to_another_column_is_refused(sealed: Store) -> None:
    with sealed.database.write() as connection:
        swapped = update(spaces).where(spaces.c.space_id == "acme_sales")
        connection.execute(swapped.values(acton_password_sealed=spaces.c.pipeliner_password_sealed))
    old = with_keys(sealed, OLD)
    with old.read() as desk, pytest.raises(SetupError, match="cannot be opened"):
        desk.spaces.get("acme_sales")
