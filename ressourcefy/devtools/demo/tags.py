"""Subjects that examples of the API file under, rename, merge and delete."""

from api.examples.demo import TAGS

# By id. None of them is among the subjects that every installation starts with.
DEMO_TAGS = {
    TAGS["teaching"]: "Teaching",
    TAGS["worksheets"]: "Worksheets",
    TAGS["to_rename"]: "Wood",
    TAGS["to_delete"]: "Miscellany",
    TAGS["to_merge"]: "Work Sheets",
}
