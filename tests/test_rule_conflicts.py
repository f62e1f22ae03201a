"""Rules that hide each other are reported; rules that merely overlap are not. Werkzeug's own matching is the judge."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter, Map, Rule, RuleFactory

from ewer import Flask
from ewer._rule_conflicts import Shadowed, find_shadowed_rules, warn_about_shadowed_rules


def shadowed(*rules: RuleFactory, **options: object) -> list[Shadowed]:
    return find_shadowed_rules(Map(rules, **options).iter_rules())


def pairs(*rules: RuleFactory, **options: object) -> list[tuple[str, str, set[str] | None]]:
    return [
        (found.rule.endpoint, found.winner.endpoint, None if found.methods is None else set(found.methods))
        for found in shadowed(*rules, **options)
    ]


def automatic(rule: Rule) -> Rule:
    """What Flask does to a rule of a view that does not handle OPTIONS itself."""
    rule.methods.add("OPTIONS")
    rule.provide_automatic_options = True
    return rule


def test_no_rules_have_no_conflict() -> None:
    assert shadowed() == []


def test_the_rule_added_second_loses_its_methods_to_the_first() -> None:
    first, second = Rule("/x", endpoint="first", methods=["GET"]), Rule("/x", endpoint="second", methods=["GET"])
    assert pairs(first, second) == [("second", "first", {"GET", "HEAD"})]


def test_only_the_methods_both_have_are_lost() -> None:
    rules = Rule("/x", endpoint="read", methods=["GET"]), Rule("/x", endpoint="both", methods=["GET", "POST"])
    assert pairs(*rules) == [("both", "read", {"GET", "HEAD"})]


def test_two_rules_with_different_methods_share_a_url_in_peace() -> None:
    assert pairs(Rule("/x", endpoint="read", methods=["GET"]), Rule("/x", endpoint="write", methods=["POST"])) == []


def test_automatic_options_of_two_views_on_one_url_are_no_conflict() -> None:
    rules = Rule("/x", endpoint="read", methods=["GET"]), Rule("/x", endpoint="write", methods=["POST"])
    assert pairs(*map(automatic, rules)) == []


def test_a_view_that_handles_options_itself_is_told_that_it_never_will() -> None:
    first = automatic(Rule("/x", endpoint="read", methods=["GET"]))
    second = Rule("/x", endpoint="options", methods=["OPTIONS"])
    assert pairs(first, second) == [("options", "read", {"OPTIONS"})]


def test_a_rule_without_methods_takes_all_of_the_other() -> None:
    assert pairs(Rule("/x", endpoint="any"), Rule("/x", endpoint="post", methods=["POST"])) == [
        ("post", "any", {"POST"})
    ]


def test_two_rules_without_methods_lose_any_method() -> None:
    assert pairs(Rule("/x", endpoint="a"), Rule("/x", endpoint="b")) == [("b", "a", None)]


def test_each_method_is_lost_to_the_first_rule_that_takes_it() -> None:
    rules = [
        Rule("/x", endpoint="a", methods=["POST"]),
        Rule("/x", endpoint="b", methods=["PUT"]),
        Rule("/x", endpoint="c", methods=["POST", "PUT"]),
        Rule("/x", endpoint="d", methods=["PUT"]),
    ]
    assert pairs(*rules) == [("c", "a", {"POST"}), ("c", "b", {"PUT"}), ("d", "b", {"PUT"})]


def test_the_names_of_variables_do_not_tell_rules_apart() -> None:
    assert pairs(Rule("/u/<a>", endpoint="a"), Rule("/u/<b>", endpoint="b")) == [("b", "a", None)]


def test_a_named_page_beside_a_variable_is_good_practice() -> None:
    assert pairs(Rule("/u/<name>", endpoint="user"), Rule("/u/me", endpoint="me")) == []


def test_converters_that_overlap_on_some_urls_are_left_alone() -> None:
    assert pairs(Rule("/<int:id>", endpoint="id"), Rule("/<name>", endpoint="name")) == []


def test_converters_of_the_same_pattern_conflict_and_the_lighter_wins_though_added_later() -> None:
    class Digits(BaseConverter):
        regex = r"\d+"
        weight = 100

    rules = Rule("/<digits:a>", endpoint="heavy"), Rule("/<int:a>", endpoint="light")
    assert pairs(*rules, converters={"digits": Digits}) == [("heavy", "light", None)]


def test_hosts_and_subdomains_keep_rules_apart() -> None:
    assert pairs(Rule("/x", endpoint="a", subdomain="a"), Rule("/x", endpoint="b", subdomain="b")) == []
    hosts = Rule("/x", endpoint="a", host="a.example"), Rule("/x", endpoint="b", host="a.example")
    assert pairs(*hosts, host_matching=True) == [("b", "a", None)]


def test_a_websocket_rule_and_a_page_share_a_url_in_peace() -> None:
    assert pairs(Rule("/x", endpoint="page"), Rule("/x", endpoint="socket", websocket=True)) == []


def test_a_build_only_rule_answers_nothing_and_hides_nothing() -> None:
    assert pairs(Rule("/x", endpoint="a", build_only=True), Rule("/x", endpoint="b")) == []


def test_an_unbound_rule_is_ignored() -> None:
    assert find_shadowed_rules([Rule("/x", endpoint="a"), Rule("/x", endpoint="b")]) == []


def test_the_same_rule_added_twice_for_one_endpoint_is_harmless() -> None:
    assert pairs(Rule("/x", endpoint="a"), Rule("/x", endpoint="a")) == []


def test_one_endpoint_with_two_sets_of_defaults_on_one_rule_is_a_conflict() -> None:
    rules = Rule("/x", endpoint="a", defaults={"page": 1}), Rule("/x", endpoint="a", defaults={"page": 2})
    assert pairs(*rules) == [("a", "a", None)]


def test_a_rule_that_is_lax_about_slashes_keeps_the_url_that_the_strict_one_leaves_it() -> None:
    strict, lax = Rule("/x", endpoint="strict"), Rule("/x", endpoint="lax", strict_slashes=False)
    urls = Map([strict, lax])
    assert urls.bind("h").match("/x/") == ("lax", {})
    assert find_shadowed_rules(urls.iter_rules()) == []
    assert pairs(lax.empty(), strict.empty()) == [("strict", "lax", None)]


def test_the_order_of_adding_counts_not_the_order_of_listing() -> None:
    # The map lists rules by endpoint: '/x' of 'a' comes before '/x' of 'b' there, though it was added after it.
    urls = Map([Rule("/other", endpoint="a"), Rule("/x", endpoint="b"), Rule("/x", endpoint="a")])
    assert urls.bind("h").match("/x")[0] == "b"
    found = find_shadowed_rules(urls.iter_rules())
    assert [(entry.rule.endpoint, entry.winner.endpoint) for entry in found] == [("a", "b")]


def test_the_message_names_both_endpoints_the_methods_and_the_fix() -> None:
    first, second = Rule("/u/<a>", endpoint="user", methods=["GET"]), Rule("/u/<b>", endpoint="page", methods=["GET"])
    [found] = shadowed(first, second)
    assert found.message == (
        "Rule '/u/<b>' (endpoint 'page') is never reached for GET: rule '/u/<a>' (endpoint 'user') matches the same"
        " URLs and comes first.\n  Fix: give 'page' another path or other methods, or remove one of the two rules."
    )


def test_the_message_for_the_very_same_rule_is_shorter_and_names_its_domain() -> None:
    rules = Rule("/x", endpoint="a", subdomain="api"), Rule("/x", endpoint="b", subdomain="api")
    [found] = shadowed(*rules)
    assert found.message == (
        "Rule '/x' on 'api' (endpoint 'b') is never reached for any method: endpoint 'a' has the same rule and comes"
        " first.\n  Fix: give 'b' another path, or remove one of the two rules."
    )


def test_a_finding_is_a_fact_and_cannot_be_changed() -> None:
    [found] = shadowed(Rule("/x", endpoint="a"), Rule("/x", endpoint="b"))
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.methods = None  # type: ignore[misc]


def test_an_application_is_warned_once_of_each_conflict(caplog: pytest.LogCaptureFixture) -> None:
    app = Flask("shop", static_folder=None)
    app.add_url_rule("/x", "a", lambda: "")
    app.add_url_rule("/x", "b", lambda: "")
    warn_about_shadowed_rules(app)
    app.add_url_rule("/x", "c", lambda: "")
    warn_about_shadowed_rules(app)
    warn_about_shadowed_rules(app)
    assert [(record.name, record.levelname, record.message[:22]) for record in caplog.records] == [
        ("shop", "WARNING", "Rule '/x' (endpoint 'b"),
        ("shop", "WARNING", "Rule '/x' (endpoint 'c"),
    ]


SEGMENTS = {"a": ["a"], "b": ["b"], "<x>": ["a", "7", "zz"], "<int:x>": ["7"], "<int(fixed_digits=2):x>": ["07"]}
segments = st.sampled_from(list(SEGMENTS))
method_sets = st.sets(st.sampled_from(["GET", "POST", "PUT"]), min_size=1)
drafts = st.lists(
    st.tuples(st.lists(segments, min_size=1, max_size=2), method_sets, st.booleans(), st.booleans()),
    min_size=2,
    max_size=8,
)


@given(drafts)
def test_werkzeug_never_picks_a_rule_for_a_method_that_it_was_said_to_lose(
    drafts: list[tuple[list[str], set[str], bool, bool]],
) -> None:
    rules, urls = [], {"/"}
    for number, (parts, methods, slash, strict) in enumerate(drafts):
        named = [part.replace("x>", f"x{place}>") for place, part in enumerate(parts)]
        text = "/" + "/".join(named) + ("/" if slash else "")
        rules.append(Rule(text, endpoint=str(number), methods=methods, strict_slashes=strict))
        stems = [""]
        for part in parts:
            stems = [f"{stem}/{sample}" for stem in stems for sample in SEGMENTS[part]]
        urls |= {stem + end for stem in stems for end in ("", "/")}

    url_map = Map(rules, redirect_defaults=False)
    lost = {
        (found.rule.endpoint, method) for found in find_shadowed_rules(url_map.iter_rules()) for method in found.methods
    }
    adapter = url_map.bind("h")
    for url in urls:
        for method in ("GET", "HEAD", "POST", "PUT"):
            try:
                endpoint, _ = adapter.match(url, method)
            except HTTPException:
                continue
            assert (endpoint, method) not in lost


@given(st.lists(st.tuples(st.sampled_from(["/x", "/<v>", "/<path:v>/end"]), method_sets), min_size=2, max_size=6))
def test_every_rule_that_repeats_an_earlier_one_is_reported_with_all_its_lost_methods(
    drafts: list[tuple[str, set[str]]],
) -> None:
    rules = [Rule(text, endpoint=str(number), methods=methods) for number, (text, methods) in enumerate(drafts)]
    expected = {
        (rule.endpoint, method)
        for number, rule in enumerate(rules)
        for method in rule.methods
        if any(method in earlier.methods and earlier.rule == rule.rule for earlier in rules[:number])
    }
    found = find_shadowed_rules(Map(rules).iter_rules())
    assert {(entry.rule.endpoint, method) for entry in found for method in entry.methods} == expected
