import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from history.errors import InputError, OverwriteError, UnknownNameError
from scenarios import Change, Scenario, read_scenarios, scenario_schema
from scenarios.files.file import ScenarioFile, check, parse_yaml
from scenarios.files.yamltext import MOST_BYTES, parse

GOOD = """\
# What if the pipeline does not come back?
name: Downturn
based_on: Base          # as approved
because: "pipeline -22 % in Q2, win rates back to 2023"
changes:
  - lever: new_customers
    times: 0.80                  # or plus: ..., or set: ...
    months: 2026-10/2027-06
    where: {size: SMB}
    because: paid acquisition halved

  # the churn of 2023, phased in
  - lever: churn
    times: 1.10
    ramp: 3
"""


def write(folder, name, text):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def problems(text):
    with pytest.raises(InputError) as caught:
        check(parse(text if isinstance(text, bytes) else text.encode(), "f.yaml"))
    return str(caught.value)


def test_a_file_becomes_a_scenario(tmp_path):
    base = Scenario("Base")
    found = Scenario.read(write(tmp_path, "down.yaml", GOOD), based_on=base)
    expected = (
        Scenario("Downturn", based_on=base, because="pipeline -22 % in Q2, win rates back to 2023")
        .change(
            "new_customers",
            times=0.8,
            months="2026-10/2027-06",
            where={"size": "SMB"},
            because="paid acquisition halved",
        )
        .change("churn", times=1.1, ramp=3)
    )
    assert found == expected
    assert found.digest == expected.digest


@pytest.mark.parametrize("text", [GOOD, GOOD.replace("\n", "\r\n"), "\ufeff" + GOOD])
def test_an_unchanged_scenario_is_written_back_byte_for_byte(tmp_path, text):
    found = Scenario.read(write(tmp_path, "down.yaml", text), based_on=Scenario("Base"))
    found.write(tmp_path / "copy.yaml")
    assert (tmp_path / "copy.yaml").read_bytes() == text.encode()


def test_a_further_change_keeps_the_comments(tmp_path):
    base = Scenario("Base")
    found = Scenario.read(write(tmp_path, "down.yaml", GOOD), based_on=base)
    more = found.change("price", set=1.05, months="2027-01/")
    path = more.write(tmp_path / "more.yaml")
    text = path.read_text()
    for line in GOOD.splitlines():
        assert line in text
    assert Scenario.read(path, based_on=base) == more


def test_nothing_is_overwritten_unless_told(tmp_path):
    path = Scenario("A").write(tmp_path / "a.yaml")
    before = path.read_bytes()
    with pytest.raises(OverwriteError, match=r"a\.yaml"):
        Scenario("B").write(path)
    assert path.read_bytes() == before
    Scenario("B").write(path, force=True)
    assert Scenario.read(path).name == "B"
    assert [p.name for p in tmp_path.iterdir()] == ["a.yaml"]


def test_every_problem_has_its_line_and_the_nearest_name():
    said = problems(
        "name: Down\n"
        "basd_on: Base\n"
        "changes:\n"
        "  - lever: chrun\n"
        '    times: "0.8"\n'
        "    plus: 3\n"
        "    monhts: 2026-10\n"
        "  - lever: churn\n"
        "    set: 7\n"
        "    months: 2026-10-01\n"
        "  - 17\n"
        "  - lever: churn\n"
        "    times: 0.9\n"
        "    where: {size: 3}\n"
    )
    for expected in (
        'f.yaml:2:1: unknown key "basd_on": did you mean "based_on"?',
        "f.yaml:4:12: lever: unknown lever 'chrun'. Did you mean 'churn'?",
        "f.yaml:5:12: times: must be a number",
        "f.yaml:6:11: needs exactly one of times, plus, set: times and plus are given",
        'f.yaml:7:5: unknown key "monhts": did you mean "months"?',
        "f.yaml:9:10: set 7 is outside 0 to 1",
        "f.yaml:10:13: months: is the day 2026-10-01: a month is written 2026-10",
        "f.yaml:11:5: changes: must be key: value pairs, not 17",
        "f.yaml:14:19: where.size: must be text, not 3: write it in quotes",
    ):
        assert expected in said
    assert said.startswith("9 problems:")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty; it needs name"),
        ("- a\n- b\n", "not a list of key: value"),
        ("changes: []\n", 'the key "name" is missing'),
        ("name: NO\nname: B\n", "f.yaml:2:1: found duplicate key"),
        ("name: &x A\nbecause: *x\n", "f.yaml:1:7: the anchor &x is not allowed"),
        ("name: A\nbecause: *x\n", "alias *x is not allowed"),
        ("name: !!python/object:os.system A\n", "the tag"),
        ("name: !local A\n", "the tag !local is not allowed"),
        ("%YAML 1.1\n---\nname: A\n", "directive is not allowed"),
        ("name: A\n---\nname: B\n", "a second document begins here"),
        ("name: [a\n", "f.yaml:2:1"),
        ("name: A\n\tbecause: b\n", "f.yaml:2:1"),
        ("name: A\x00\n", "does not print"),
        (b"name: \xff\n", "f.yaml:1:7: not UTF-8"),
        ("+_", "f.yaml:1:1: +_ would be a number without digits"),
        ("name: A\nbecause: 0x__\n", "f.yaml:2:10: 0x__ would be a number without digits"),
        ("name: A\nbecause: '_'\nchanges: 3\n", "must be a list"),
        ("a: " + "[" * 40 + "]" * 40, "nested more than 16 deep"),
        (b"#" * (MOST_BYTES + 1), "larger than 256 kB"),
        ("name: A\nchanges: 3\n", "must be a list"),
        ("name: 12\n", "must be text, not 12"),
        ("name: A\nchanges:\n  - lever: churn\n    times: .inf\n", "finite"),
        ("name: A\nchanges:\n  - lever: churn\n    where: SMB\n    times: 1\n", "key: value pairs"),
    ],
)
def test_a_file_that_is_not_a_scenario_says_where_and_why(text, said):
    assert said in problems(text)


def test_yaml_1_2_reads_no_as_text():
    assert check(parse(b"name: NO\n", "f")).file.name == "NO"


def test_a_parent_has_to_be_given_by_its_name(tmp_path):
    path = write(tmp_path, "down.yaml", GOOD)
    with pytest.raises(InputError, match=r"down.yaml:3:11: based_on: Base is not there"):
        Scenario.read(path)
    with pytest.raises(InputError, match="the one given is 'Bsae'"):
        Scenario.read(path, based_on=Scenario("Bsae"))
    several = {"Base": Scenario("Base"), "Other": Scenario("Other")}
    assert Scenario.read(path, based_on=several).lineage == ("Base", "Downturn")
    with pytest.raises(InputError, match="Did you mean 'Bases'"):
        Scenario.read(path, based_on={"Bases": Scenario("Bases")})


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.yaml: cannot be read"):
        Scenario.read(tmp_path / "none.yaml")


def test_a_folder_is_resolved_whatever_the_order_of_its_files(tmp_path):
    write(tmp_path, "a.yaml", "name: Third\nbased_on: Second\n")
    write(tmp_path, "b.yml", "name: Second\nbased_on: First\n")
    write(tmp_path, "c.yaml", "name: First\nchanges:\n  - {lever: churn, times: 0.9}\n")
    write(tmp_path, "notes.txt", "not a scenario")
    found = read_scenarios(tmp_path)
    assert list(found) == ["First", "Second", "Third"]
    assert found["Third"].lineage == ("First", "Second", "Third")
    assert found["Third"].based_on is found["Second"]


def test_files_may_build_on_what_has_no_file(tmp_path):
    write(tmp_path, "a.yaml", "name: A\nbased_on: Base\n")
    base = Scenario("Base")
    found = read_scenarios(tmp_path, known={"Base": base})
    assert list(found) == ["A"]
    assert found["A"].based_on is base
    write(tmp_path, "z.yaml", "name: Base\nbecause: of its own\n")
    assert read_scenarios(tmp_path, known={"Base": base})["A"].based_on.because == "of its own"


def test_a_folder_tells_all_its_problems(tmp_path):
    write(tmp_path, "a.yaml", "name: A\nbased_on: C\n")
    write(tmp_path, "b.yaml", "name: B\nbased_on: A\n")
    write(tmp_path, "c.yaml", "name: C\nbased_on: B\n")
    write(tmp_path, "d.yaml", "name: C\n")
    with pytest.raises(InputError) as caught:
        read_scenarios(tmp_path)
    said = str(caught.value)
    assert "d.yaml:1:7: the name 'C' stands in" in said
    assert "a cycle of based_on: A" in said
    assert said.count("a cycle of based_on") == 1
    write(tmp_path, "d.yaml", "name: D\nbased_on: Bsae\n")
    write(tmp_path, "c.yaml", "name: Base\n")
    with pytest.raises(InputError, match=r"d\.yaml:2:11: based_on: .*Did you mean 'Base'"):
        read_scenarios(tmp_path)
    write(tmp_path, "d.yaml", "name: D\nchanges: 3\n")
    with pytest.raises(InputError, match=r"d\.yaml:2:10"):
        read_scenarios(tmp_path)
    with pytest.raises(InputError, match="no such folder"):
        read_scenarios(tmp_path / "none")


def test_a_cycle_below_a_scenario_is_told_once(tmp_path):
    write(tmp_path, "a.yaml", "name: A\nbased_on: B\n")
    write(tmp_path, "b.yaml", "name: B\nbased_on: C\n")
    write(tmp_path, "c.yaml", "name: C\nbased_on: B\n")
    with pytest.raises(InputError) as caught:
        read_scenarios(tmp_path)
    assert str(caught.value).count("a cycle of") == 1


def test_other_settings_are_read_with_the_same_care(tmp_path):
    path = write(tmp_path, "arrcast.yaml", "nmae: A\n")
    with pytest.raises(InputError, match='unknown key "nmae": did you mean "name"'):
        parse_yaml(path, ScenarioFile)


def test_the_schema_is_json_and_knows_every_lever():
    schema = json.loads(json.dumps(scenario_schema()))
    change = schema["$defs"]["Change"]
    assert {"const": "churn"}.items() <= change["properties"]["lever"]["oneOf"][2].items()
    assert set(change["properties"]) == set(Change.model_fields)
    assert schema["additionalProperties"] is False


text = st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=40
)
names = text.map(str.strip).filter(bool)


@settings(max_examples=60, deadline=None)
@given(name=names, reason=st.none() | text, value=text, number=st.floats(-1e9, 1e9))
def test_any_scenario_survives_its_file(name, reason, value, number):
    made = Scenario(name, because=reason).change(
        "one_off", plus=number, months="2026-10", where={"size": value}, because=reason
    )
    file = check(parse(made.to_yaml(), "f")).file
    again = Scenario(file.name, because=file.because, changes=file.changes)
    assert again == made


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_a_scenario_or_an_error_in_words(content):
    with contextlib.suppress(InputError):
        check(parse(content, "f"))


def test_an_unknown_lever_in_python_is_an_input_error():
    with pytest.raises(InputError):
        Scenario("A").change("chrun", times=1)
    assert issubclass(UnknownNameError, InputError)
