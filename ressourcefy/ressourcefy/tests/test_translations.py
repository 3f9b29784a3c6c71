"""What the product says to people: every sentence in the code is in the catalogues."""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from django.test import SimpleTestCase

from application.tests.test_translations import CATALOGUES, PROJECT, entries_of

_NOT_FOR_PEOPLE = {"tests", "devtools", "migrations"}
_MARKS = {"_", "gettext"}
_IN_TEMPLATES = re.compile(r'\{% (?:trans|translate) "([^"]+)"')


@cache
def modules() -> Mapping[Path, ast.Module]:
    """The product's modules, read."""
    return {
        file: ast.parse(file.read_text(encoding="utf-8"))
        for file in PROJECT.rglob("*.py")
        if not _NOT_FOR_PEOPLE & set(file.relative_to(PROJECT).parts)
    }


@cache
def refusals() -> frozenset[str]:
    """The names of DomainError and of all that inherit from it."""
    bases = {
        node.name: {ast.unparse(base).rpartition(".")[2] for base in node.bases}
        for module in modules().values()
        for node in ast.walk(module)
        if isinstance(node, ast.ClassDef)
    }
    found = {"DomainError"}
    while more := {name for name, parents in bases.items() if parents & found} - found:
        found |= more
    return frozenset(found)


def texts_of(module: ast.Module) -> Iterator[str]:
    """What is marked for translation, what refusals say, and what they say by default."""
    constants = {
        target.id: node.value
        for node in module.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            text = node.args[0]
            if isinstance(text, ast.Name):
                text = constants.get(text.id, text)
            if node.func.id in _MARKS | refusals() and isinstance(text, ast.Constant):
                yield str(text.value)
        elif isinstance(node, ast.ClassDef) and node.name in refusals():
            for line in node.body:
                if isinstance(line, ast.Assign | ast.AnnAssign) and isinstance(
                    line.value, ast.Constant
                ):
                    target = line.targets[0] if isinstance(line, ast.Assign) else line.target
                    if ast.unparse(target) == "message":
                        yield str(line.value.value)


def all_texts() -> set[str]:
    """Every sentence of modules and templates."""
    texts = {text for module in modules().values() for text in texts_of(module)}
    for template in PROJECT.glob("*/templates/**/*.*"):
        texts |= set(_IN_TEMPLATES.findall(template.read_text(encoding="utf-8")))
    return texts


class CatalogueTests(SimpleTestCase):
    def test_has_every_sentence_and_no_other(self) -> None:
        texts = all_texts()
        self.assertIn("Comment not found.", texts)
        self.assertIn("Write something.", texts)
        self.assertIn("The cursor is not valid.", texts)
        self.assertIn("Only a superadmin can change roles.", texts)

        for catalogue in CATALOGUES:
            with self.subTest(catalogue=catalogue.parts[-3]):
                self.assertEqual(texts, set(entries_of(catalogue)) - {""})

    def test_misses_no_sentence_that_is_put_together_when_it_is_said(self) -> None:
        """A refusal with an f-string cannot be translated: the code has to mark a pattern."""
        for file, module in modules().items():
            for node in ast.walk(module):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    with self.subTest(file=file.name, line=node.lineno):
                        if node.func.id in _MARKS | refusals():
                            self.assertFalse(
                                [part for part in ast.walk(node) if isinstance(part, ast.JoinedStr)]
                            )
