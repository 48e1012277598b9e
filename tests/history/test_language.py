"""Languages: what is said, how numbers are written, and catalogues that know every text."""

import pytest

from history import InputError
from history.language import LANGUAGES, figure, language, say, say_many, share, speaking
from history.language.catalogues import problems


def test_english_is_spoken_unless_another_language_is_chosen():
    assert language() == "en"
    with speaking("fr"):
        assert language() == "fr"
        with speaking("en"):
            assert figure(1234.5, 1) == "1,234.5"
        assert figure(1234.5, 1) == "1\u202f234,5"
    assert language() == "en"


def test_a_language_ends_with_its_block_also_after_an_error():
    def fail() -> None:
        with speaking("fr"):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert language() == "en"


def test_an_unknown_language_names_the_known_ones():
    with (
        pytest.raises(InputError, match="'de' is not spoken; choose one of en, fr"),
        speaking("de"),
    ):
        pass


def test_french_counts_nothing_as_one():
    with speaking("fr"):
        assert [say_many("{n} customer", "{n} customers", n).split()[0] for n in (0, 1, 2)] == [
            "0", "1", "2",
        ]  # fmt: skip


def test_figures_are_put_in_by_name_and_a_missing_one_is_an_error():
    assert say("{share} of {whole}", share=share(0.5), whole="MRR") == "50.0% of MRR"
    with pytest.raises(KeyError, match="whole"):
        say("{share} of {whole}", share="1")


@pytest.mark.parametrize("spoken", LANGUAGES[1:])
def test_every_text_of_the_code_is_in_the_catalogue_and_translated(spoken):
    assert list(problems(spoken)) == []
