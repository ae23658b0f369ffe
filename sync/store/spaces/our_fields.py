"""Our custom fields in a space."""

from sqlalchemy import Table, delete, insert, select

from sync.model import FieldMap, FieldPurpose, ProvisionedField
from sync.model.pipeliner import OPTIONAL_FIELDS
from sync.store.spaces.rows import SpacesPart
from sync.store.tables import space_fields, space_optional_fields


class OurFields(SpacesPart):
    """Custom fields as they were provisioned."""

    def fields(self, space_id: str) -> dict[FieldPurpose, ProvisionedField]:
        """Our custom fields as they were provisioned, in the order of their purposes."""
        found = self._fields(space_fields, space_id) | self._fields(space_optional_fields, space_id)
        return {purpose: found[purpose] for purpose in FieldPurpose if purpose in found}

    def save_fields(self, space_id: str, known: FieldMap) -> None:
        """Replace what is known of our custom fields."""
        for table in (space_fields, space_optional_fields):
            self._connection.execute(delete(table).where(table.c.space_id == space_id))
            rows = [
                {
                    "space_id": space_id,
                    "purpose": purpose.value,
                    "field_id": one.field_id,
                    "api_name": one.api_name,
                    "filter_key": one.filter_key,
                }
                for purpose, one in known.items()
                if (purpose in OPTIONAL_FIELDS) is (table is space_optional_fields)
            ]
            if rows:
                self._connection.execute(insert(table), rows)

    def _fields(self, table: Table, space_id: str) -> dict[FieldPurpose, ProvisionedField]:
        rows = self._connection.execute(select(table).where(table.c.space_id == space_id))
        known = {purpose.value: purpose for purpose in FieldPurpose}
        return {
            known[row.purpose]: ProvisionedField(
                purpose=known[row.purpose],
                field_id=row.field_id,
                api_name=row.api_name,
                filter_key=row.filter_key,
            )
            for row in rows
            if row.purpose in known  # a newer version may have more
        }
