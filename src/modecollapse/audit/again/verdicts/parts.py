"""Which tests a study makes of the claims: read from claims.yaml and the plan once more.

A test is made in each experiment, on each data set that is defined as published, with each variant that stands for the
method; one that the study has nothing for is one part that says what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from modecollapse.audit.again.verdicts.limits import is_measure

UNTRAINED = ("identity", "not-run", "not-testable")


@dataclass
class Part:
    """One test in one place; `variants` are the one in question and those it is set against."""

    claim: dict[str, Any]
    test: dict[str, Any]
    measures: list[str] = field(default_factory=list)
    experiment: str = ""
    datasets: list[str] = field(default_factory=list)
    variants: list[str] = field(default_factory=list)
    published: dict[str, Any] | None = None
    missing: str = ""

    @property
    def name(self) -> str:
        """Its key in verdicts.csv: `V7/matched/ring/veegan/modes/VEEGAN/0`."""
        method = self.published["method"] if self.published else ""
        lists = ["+".join(names) for names in (self.datasets, self.variants, self.measures)]
        return "/".join([self.claim["id"], self.experiment, *lists, method, str(self.claim["tests"].index(self.test))])

    @property
    def rule(self) -> str:
        """As in verdicts.csv: a share above 0 is an occurrence."""
        occurs = self.test["rule"] == "share" and float(self.test["above"]) == 0
        return "occurrence" if occurs else self.test["rule"]

    @property
    def trained(self) -> bool:
        """Whether runs of this study decide it."""
        return bool(self.variants) and not self.missing


@dataclass
class Plan:
    """Where the methods of the claims are run in a study."""

    claims: dict[str, Any]
    facts: dict[str, Any]

    def places(self, family: str) -> list[tuple[str, str]]:
        """(experiment, data set) of a family as published, in the order of the cells."""
        known = self.facts["datasets"]
        chosen = {name for name, entry in known.items() if entry["family"] == family and entry["as_published"]}
        cells = [(cell["experiment"], cell["dataset"]) for cell in self.facts["cells"] if cell["dataset"] in chosen]
        return list(dict.fromkeys(cells))

    def variants(self, method: str, place: tuple[str, str]) -> list[str]:
        """The variants of a place that stand for a method, in the order of the cells."""
        standing = set(self.claims["methods"][method])
        there = [c["variant"] for c in self.facts["cells"] if (c["experiment"], c["dataset"]) == place]
        return [name for name in dict.fromkeys(there) if name in standing]

    def unmeasured(self, dataset: str, names: list[str]) -> str:
        """What is missing where the study does not measure one of the names on these data; "" where it does."""
        own = self.facts["datasets"][dataset]["measures"]
        lacking = [name for name in names if is_measure(name, self.facts) and name not in own]
        return f"{lacking[0]} is not among the study's measures" if lacking else ""

    def nowhere(self, family: str, methods: list[str]) -> str:
        """Why a test of these methods is made nowhere on a family of data sets."""
        places = self.places(family)
        if not places:
            return f"{family} (as published) is not among the study's data sets"
        absent = [name for name in methods if not any(self.variants(name, place) for place in places)]
        if absent:
            return f"no variant that stands for {absent[0]} is run on {family}"
        return f"no experiment has all of {', '.join(methods)} on {family}"


def parts(claims: dict[str, Any], facts: dict[str, Any]) -> list[Part]:
    """All tests of all claims, in the order of the file. KeyError, TypeError and the like on a file of other form."""
    plan = Plan(claims, facts)
    return [part for claim in claims["claims"] for test in claim["tests"] for part in _of_test(plan, claim, test)]


def _of_test(plan: Plan, claim: dict, test: dict) -> Iterator[Part]:
    rule = test["rule"]
    if rule in UNTRAINED:
        yield Part(claim, test)
    elif rule == "values":
        for value in plan.claims["values"]:
            if (value["source"], value["place"]) == (claim["source"], test["place"]):
                found = _alone(plan, claim, test, value["method"], value["dataset"], [value["measure"]])
                for part in found:
                    part.published = value
                yield from found
    elif rule in ("ordering", "equivalence"):
        others = test["others"] if rule == "ordering" else [test["second"]]
        for family in test["datasets"]:
            for measure in test["measures"]:
                yield from _together(plan, claim, test, [test["first"], *others], family, measure)
    elif rule in ("share", "bound"):
        conditions = test.get("any_of") or test.get("all_of") or [test]
        for family in test["datasets"]:
            yield from _alone(plan, claim, test, test["method"], family, [c["measure"] for c in conditions])
    elif rule == "association":
        yield from _over_data_sets(plan, claim, test)
    else:
        raise ValueError(f"{claim['id']}: the rule {rule!r} is unknown")


def _alone(plan: Plan, claim: dict, test: dict, method: str, family: str, measures: list[str]) -> list[Part]:
    """One method by itself."""
    found = [
        Part(claim, test, measures, place[0], [place[1]], [variant], missing=plan.unmeasured(place[1], measures))
        for place in plan.places(family)
        for variant in plan.variants(method, place)
    ]
    return _possible(found, Part(claim, test, measures, missing=plan.nowhere(family, [method])))


def _together(plan: Plan, claim: dict, test: dict, methods: list[str], family: str, measure: str) -> list[Part]:
    """A method against others, each of which needs a variant besides the one in question."""
    found = []
    for place in plan.places(family):
        for variant in plan.variants(methods[0], place):
            rivals = [[name for name in plan.variants(other, place) if name != variant] for other in methods[1:]]
            if all(rivals):
                against = list(dict.fromkeys(sum(rivals, [])))
                missing = plan.unmeasured(place[1], [measure])
                found.append(Part(claim, test, [measure], place[0], [place[1]], [variant, *against], missing=missing))
    return _possible(found, Part(claim, test, [measure], missing=plan.nowhere(family, methods)))


def _over_data_sets(plan: Plan, claim: dict, test: dict) -> list[Part]:
    """A signal with a quality, over all data sets that an experiment has a variant on."""
    found: dict[tuple[str, str], Part] = {}
    names = [test["signal"], test["quality"]]
    for family in test["datasets"]:
        for experiment, dataset in plan.places(family):
            for variant in plan.variants(test["method"], (experiment, dataset)):
                if not plan.unmeasured(dataset, names[1:]):
                    part = found.setdefault((experiment, variant), Part(claim, test, names, experiment, [], [variant]))
                    part.datasets.append(dataset)
    if found:
        return list(found.values())
    return [Part(claim, test, names, missing=plan.nowhere(test["datasets"][0], [test["method"]]))]


def _possible(found: list[Part], nowhere: Part) -> list[Part]:
    """The parts that can be made, else the first that cannot."""
    return [part for part in found if not part.missing] or found[:1] or [nowhere]
