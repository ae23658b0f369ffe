"""Our custom fields in a space."""

from sqlalchemy import delete, insert, select

from sync.model import FieldMap, FieldPurpose, ProvisionedField
from sync.store.spaces.rows import SpacesPart
from sync.store.tables import space_fields


class OurFields(SpacesPart):
    """Custom fields as they were provisioned."""

    def fields(self, space_id: str) -> dict[FieldPurpose, ProvisionedField]:
        """Our custom fields as they were provisioned."""
        rows = self._connection.execute(
            select(space_fields).where(space_fields.c.space_id == space_id)
        )
        return {
            FieldPurpose(row.purpose): ProvisionedField(
                purpose=FieldPurpose(row.purpose),
                field_id=row.field_id,
                api_name=row.api_name,
                filter_key=row.filter_key,
            )
            for row in rows
        }

    def save_fields(self, space_id: str, known: FieldMap) -> None:
        """Replace what is known of our custom fields."""
        self._connection.execute(delete(space_fields).where(space_fields.c.space_id == space_id))
        rows = [
            {
                "space_id": space_id,
                "purpose": purpose.value,
                "field_id": one.field_id,
                "api_name": one.api_name,
                "filter_key": one.filter_key,
            }
            for purpose, one in known.items()
        ]
        if rows:
            self._connection.execute(insert(space_fields), rows)
