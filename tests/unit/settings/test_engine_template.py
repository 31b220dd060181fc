"""The text of a template: read, written, refused."""

import hypothesis
import hypothesis.strategies as st
import pytest

from acedesk.settings.engine_template import WORDS, EngineTemplate, format_template, parse_template


def test_a_template_is_read_by_the_words_of_its_settings() -> None:
    found = parse_template("Small box : image=a/b:1 arguments='--x \"y z\"' memory=512")

    assert found.name == "Small box"
    assert found.values == {
        "engine_image": "a/b:1",
        "engine_arguments": '--x "y z"',
        "engine_memory": "512",
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "must begin with a name"),
        ("image=a/b", "must begin with a name"),
        (": image=a/b", "must begin with a name"),
        ("x" * 41 + ": image=a/b", "must begin with a name"),
        ("A: image='a/b", "not finished"),
        ("A: image=a/b colour=red", "“colour=red”, which is none of: image, arguments"),
        ("A: image", "“image”, which is none of"),
        ("A: memory=5", "names no image"),
        ("A: image=", "names no image"),
    ],
)
def test_what_is_no_template_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_template(text)


@hypothesis.given(
    st.text("abc XYZ-_", min_size=1, max_size=40).filter(str.strip),
    st.dictionaries(st.sampled_from(list(WORDS.values())), st.text(max_size=30)),
)
def test_what_is_written_is_read_again(name: str, values: dict[str, str]) -> None:
    template = EngineTemplate(name=name.strip(), values={**values, "engine_image": "a/b"})

    assert parse_template(format_template(template)) == template
