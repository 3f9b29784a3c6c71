"""What the people of the demo have published, and what others say about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from api.examples.demo import COMMENTS, RESOURCES
from resources.types import ProgressStatus, Visibility, VoteValue

UP, DOWN = VoteValue.UP, VoteValue.DOWN


@dataclass(frozen=True, slots=True)
class DemoComment:
    """A comment, who wrote it, what others think of it, and the answers to it.

    `hidden_because` is why a moderator has hidden it.
    """

    author: str
    content: str
    id: str = ""
    votes: Mapping[str, VoteValue] = field(default_factory=dict)
    replies: tuple["DemoComment", ...] = ()
    hidden_because: str = ""


@dataclass(frozen=True, slots=True)
class DemoResource:
    """A resource with its files in the order of their versions; people go by their user names."""

    id: str
    title: str
    description: str
    author: str
    tags: tuple[str, ...]
    files: tuple[str, ...]
    visibility: Visibility = Visibility.PUBLIC
    price_cents: int | None = None
    votes: Mapping[str, VoteValue] = field(default_factory=dict)
    comments: tuple[DemoComment, ...] = ()
    # How far its readers have come.
    progress: Mapping[str, ProgressStatus] = field(default_factory=dict)


def _file(name: str) -> str:
    """A file that is nowhere: example domains are nobody's (RFC 2606)."""
    return f"https://files.example.com/{name}"


DEMO_RESOURCES = (
    DemoResource(
        RESOURCES["python"],
        "Python for people who teach",
        "Twelve lessons with exercises and solutions, to be used in class as they are. Each lesson "
        "takes ninety minutes and needs nothing but a browser.",
        "contributor",
        ("Python", "Writing"),
        (_file("python-for-teachers.pdf"), _file("python-for-teachers-2.pdf")),
        votes={"reader": UP, "subscriber": UP, "moderator": UP},
        comments=(
            DemoComment(
                "reader",
                "Lesson 4 finally made list comprehensions click for my class. Thank you!",
                COMMENTS["thanks"],
                votes={"contributor": UP, "subscriber": UP},
                replies=(
                    DemoComment("contributor", "Great to hear. The second edition has more of it."),
                ),
            ),
            DemoComment("subscriber", "Is there a version with larger print?"),
            DemoComment("reader", "The exercises of lesson 2 are good.", COMMENTS["to_change"]),
            DemoComment("reader", "Sorry, wrong window.", COMMENTS["to_delete"]),
            DemoComment(
                "subscriber", "Cheap watches: https://watches.example.net", COMMENTS["to_hide"]
            ),
        ),
        progress={
            "reader": ProgressStatus.IN_PROGRESS,
            "subscriber": ProgressStatus.COMPLETED,
            "buyer": ProgressStatus.IN_PROGRESS,
        },
    ),
    DemoResource(
        RESOURCES["sql"],
        "SQL by example: from SELECT to window functions",
        "Thirty questions to one small database of a lending library, each answered by one query. "
        "All of them run on PostgreSQL 15 and newer.",
        "contributor",
        ("SQL", "PostgreSQL", "Databases"),
        (_file("sql-by-example.pdf"),),
        votes={"reader": UP, "subscriber": UP, "moderator": DOWN},
        comments=(
            DemoComment(
                "moderator",
                "Question 17 works only with the sample data: names need not be unique.",
                votes={"contributor": UP, "reader": UP},
                replies=(
                    DemoComment("contributor", "True. I will change it in the next edition."),
                    DemoComment("reader", "I had wondered about that one."),
                ),
            ),
            DemoComment(
                "subscriber",
                "Whoever needs window functions has not understood joins.",
                COMMENTS["to_restore"],
                hidden_because="Belittles other readers.",
            ),
            DemoComment(
                "buyer",
                "All of this is free on my channel, link in my profile!",
                COMMENTS["hidden"],
                hidden_because="Advertising.",
            ),
        ),
        progress={"reader": ProgressStatus.COMPLETED},
    ),
    DemoResource(
        RESOURCES["git"],
        "Git without fear",
        "What a commit is, what a branch is, and how to get out of every state that looks like a "
        "disaster. With drawings.",
        "moderator",
        ("Git",),
        (
            _file("git-without-fear.pdf"),
            _file("git-without-fear-1.1.pdf"),
            _file("git-without-fear-1.2.pdf"),
        ),
        votes={"reader": UP, "contributor": UP, "admin": UP},
        comments=(DemoComment("subscriber", "The drawing of “rebase” hangs over my desk now."),),
    ),
    DemoResource(
        RESOURCES["statistics"],
        "Les statistiques sans peur",
        "Moyenne, médiane, écart type : un cours de six semaines, avec des données réelles de la "
        "météo et du football.",
        "moderator",
        ("Statistics", "Mathematics"),
        (_file("statistiques-sans-peur.pdf"),),
        votes={"subscriber": UP},
        comments=(DemoComment("reader", "Très clair, merci pour les exercices corrigés."),),
    ),
    DemoResource(
        RESOURCES["accessibility"],
        "はじめてのウェブアクセシビリティ",
        "見出し、代替テキスト、キーボード操作。小さなチームのための実践的な入門書です。",
        "contributor",
        ("Accessibility", "HTML", "Web Development"),
        (_file("web-accessibility-ja.pdf"),),
        votes={"reader": UP},
    ),
    DemoResource(
        RESOURCES["algorithms"],
        "مقدمة في الخوارزميات",
        "شرح مبسط للبحث والترتيب والرسوم البيانية، مع أمثلة محلولة وتمارين.",
        "contributor",
        ("Algorithms",),
        (_file("algorithms-ar.pdf"),),
        votes={"moderator": UP},
    ),
    DemoResource(
        RESOURCES["http"],
        "Pocket guide to HTTP",
        "Methods, status codes, caching and cookies on eight pages, to print and fold.",
        "contributor",
        ("Web Development", "APIs"),
        (_file("http-pocket-guide.pdf"),),
        votes={"reader": UP, "newcomer": UP, "admin": DOWN},
    ),
    DemoResource(
        RESOURCES["machine_learning"],
        "Machine learning from scratch: the video course",
        "Nine hours in which every line is typed before your eyes: linear regression, trees, "
        "boosting and a small neural network, with no library but NumPy. For those who have used "
        "machine learning and want to know what happens inside. The notebooks of every chapter are "
        "part of the course, and so is a chapter on what goes wrong in practice.",
        "contributor",
        ("Machine Learning", "Python"),
        (_file("ml-from-scratch.zip"), _file("ml-from-scratch-2026.zip")),
        visibility=Visibility.PREMIUM,
        price_cents=4_900,
        votes={"subscriber": UP, "admin": UP},
        comments=(
            DemoComment(
                "subscriber",
                "Worth every cent for chapter 7 alone.",
                votes={"contributor": UP},
            ),
        ),
    ),
    DemoResource(
        RESOURCES["postgresql"],
        "PostgreSQL in production",
        "Backups you have restored, indexes you can explain, upgrades without a night shift: a "
        "workbook for teams that run their own database. Twenty chapters, each with a drill that "
        "takes an afternoon and a check list that stays.",
        "moderator",
        ("PostgreSQL", "DevOps", "Databases"),
        (_file("postgresql-in-production.pdf"),),
        visibility=Visibility.PREMIUM,
        price_cents=2_900,
        votes={"subscriber": UP},
    ),
    DemoResource(
        RESOURCES["rust_draft"],
        "Draft: Rust for the impatient",
        "Three chapters so far; ownership still needs a better story.",
        "contributor",
        ("Rust",),
        (_file("rust-draft.pdf"),),
        visibility=Visibility.PRIVATE,
    ),
    DemoResource(
        RESOURCES["rules_draft"],
        "Draft: house rules for discussions",
        "What we delete, what we only answer, and why.",
        "moderator",
        ("Writing",),
        (),
        visibility=Visibility.PRIVATE,
    ),
    # Each example of the API that changes a resource has one of its own.
    DemoResource(
        RESOURCES["to_change"],
        "Shell scripts",
        "Quoting, exit codes, traps: what a script needs before it runs at night.",
        "contributor",
        ("Bash",),
        (_file("shell.pdf"),),
    ),
    DemoResource(
        RESOURCES["to_delete"],
        "Notes of a workshop in 2019",
        "Superseded by the course.",
        "contributor",
        (),
        (_file("workshop-2019.pdf"),),
    ),
    DemoResource(
        RESOURCES["to_edit"],
        "Typing",
        "Ten fingers in ten evenings.",
        "moderator",
        (),
        (_file("typing.pdf"),),
    ),
    DemoResource(
        RESOURCES["to_remove"],
        "Somebody else's book",
        "Uploaded without asking.",
        "moderator",
        (),
        (_file("book.pdf"),),
    ),
)
