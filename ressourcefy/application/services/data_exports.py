"""Building the file in which somebody gets all that the product holds about them.

`docs/privacy.md` says what is in it. Rows are read and written one after the other, so the memory
that it takes does not grow with them.
"""

from typing import IO

from django.core.serializers.json import DjangoJSONEncoder

from analytics.services import personal_data as analytics_data
from audit.services import personal_data as audit_data
from core.services.personal_data import Sections
from interactions.services import personal_data as interactions_data
from monetization.services import personal_data as monetization_data
from resources.services import personal_data as resources_data
from users.models import User
from users.services import personal_data as users_data

#: Which form the file has.
FORMAT = 1


def sections_about(user: User) -> Sections:
    """All that the product holds about the person, by the name that it has in the file."""
    return {
        **users_data.personal_data(user.pk),
        **resources_data.personal_data(user.pk),
        **interactions_data.personal_data(user.pk),
        **monetization_data.personal_data(user.pk, email=user.email),
        **analytics_data.personal_data(user.pk),
        **audit_data.personal_data(user.pk),
    }


def write_export(user: User, file: IO[bytes]) -> int:
    """Write one JSON object: its form and, for each section, a list of records; the size."""
    encoder = DjangoJSONEncoder(ensure_ascii=False)
    size = file.write(f'{{"format": {FORMAT}'.encode())
    for name, records in sections_about(user).items():
        size += file.write(f',\n"{name}": ['.encode())
        separator = "\n"
        for record in records:
            size += file.write(f"{separator}{encoder.encode(record)}".encode())
            separator = ",\n"
        size += file.write(b"\n]")
    return size + file.write(b"\n}\n")
