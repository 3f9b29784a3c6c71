"""Forms, amounts and periods."""

import unittest
import urllib.parse

from development_stripe import forms
from development_stripe.errors import StripeError
from development_stripe.money import formatted
from development_stripe.periods import period_end


class FormTests(unittest.TestCase):
    def test_are_decoded_with_hashes_and_lists(self) -> None:
        text = urllib.parse.urlencode(
            [("a", "1"), ("b[c]", "2"), ("d[0][e]", "3"), ("d[1][e]", "4"), ("f[]", "5"), ("g", "")]
        )

        tree = forms.decode(text)

        self.assertEqual(
            tree, {"a": "1", "b": {"c": "2"}, "d": [{"e": "3"}, {"e": "4"}], "f": ["5"], "g": ""}
        )

    def test_that_make_no_sense_are_refused(self) -> None:
        for text in ("a[b=1", "[a]=1", "a=1&a[b]=2", "a[b][c][d][e][f][g][h][i]=1"):
            with self.subTest(text=text), self.assertRaises(StripeError):
                forms.decode(text)


class AmountTests(unittest.TestCase):
    def test_are_shown_with_the_digits_of_their_currency(self) -> None:
        shown = [
            formatted(*one) for one in ((900, "eur"), (1200, "jpy"), (-5, "usd"), (1500, "kwd"))
        ]

        self.assertEqual(shown, ["€9.00", "¥1,200", "-$0.05", "1.500 KWD"])


class PeriodTests(unittest.TestCase):
    def test_of_months_keep_the_day_of_their_anchor(self) -> None:
        january = 1_769_817_600  # 31 January 2026, 00:00 UTC

        ends = [january]
        for _month in range(3):
            ends.append(period_end(anchor=january, after=ends[-1], interval="month", count=1))

        self.assertEqual([(end - january) // 86_400 for end in ends], [0, 28, 59, 89])

    def test_of_weeks_and_years_are_as_long_as_they_are(self) -> None:
        begin = 1_769_817_600

        week = period_end(anchor=begin, after=begin, interval="week", count=2)
        year = period_end(anchor=begin, after=begin, interval="year", count=1)

        self.assertEqual(((week - begin) // 86_400, (year - begin) // 86_400), (14, 365))
