"""How answers are written: JSON in UTF-8, and labelled so."""

from rest_framework.renderers import JSONRenderer

#: What clients that look at the label expect, though JSON is UTF-8 anyway (RFC 8259, section 8.1).
MEDIA_TYPE = "application/json; charset=utf-8"


class Utf8JSONRenderer(JSONRenderer):
    """JSON whose media type says how it is encoded."""

    charset = "utf-8"
