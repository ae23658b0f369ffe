"""Our custom fields in a space."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Table, delete, insert, select, update

from sync.model import FieldMap, FieldPurpose, ProvisionedField
from sync.model.pipeliner import OPTIONAL_FIELDS
from sync.store.spaces.rows import SpacesPart
from sync.store.tables import crm_contacts, crm_leads, space_fields, space_optional_fields

PANEL_KEYS: Final[Mapping[FieldPurpose, Table]] = {
    FieldPurpose.CONTACT_PANEL_KEY: crm_contacts,
    FieldPurpose.LEAD_PANEL_KEY: crm_leads,
}


class OurFields(SpacesPart):
    """Custom fields as they were provisioned."""

    def fields(self, space_id: str) -> dict[FieldPurpose, ProvisionedField]:
        """Our custom fields as they were provisioned, in the order of their purposes."""
        found = self._fields(space_fields, space_id) | self._fields(space_optional_fields, space_id)
        return {purpose: found[purpose] for purpose in FieldPurpose if purpose in found}

    def save_fields(self, space_id: str, known: FieldMap) -> None:
        """Replace what is known of our custom fields.

        A field made anew is empty, so the panel keys in the one before it are forgotten.
        """
        before = self.fields(space_id)
        for purpose, records in PANEL_KEYS.items():
            old, new = before.get(purpose), known.get(purpose)
            if old is not None and new is not None and old.field_id != new.field_id:
                self._connection.execute(
                    update(records)
                    .where(records.c.space_id == space_id)
                    .values(panel_key_expires_at=None, panel_key_person=None)
                )
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
