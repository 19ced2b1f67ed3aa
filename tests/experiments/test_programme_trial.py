"""A trial as it was run: Welch against scipy, the adjustment against least squares, coverage over many trials."""

import numpy as np
import pandas as pd
import pytest

from crmlab.experiments.loyalty_programme import LoyaltyProgramme
from crmlab.experiments.programme_trial import ProgrammeTrial
from crmlab.language.errors import InputError

TABLE = ProgrammeTrial.example()


def table(groups="aaabbb", amount=(5, 7, 9, 1, 2, 6), **more):
    return pd.DataFrame({"customer": range(len(groups)), "group": list(groups), "amount": amount, **more})


def test_welch_as_scipy_has_it():
    from scipy.stats import ttest_ind

    for level in (0.9, 0.95):
        found = ProgrammeTrial.fit(table(), control="b", level=level).estimates["difference"]
        theirs = ttest_ind([5, 7, 9], [1, 2, 6], equal_var=False).confidence_interval(level)
        assert (found.low, found.high) == pytest.approx(tuple(theirs))
        assert found.difference == pytest.approx(4)


def test_adjustment_is_least_squares():
    """The difference adjusted with the slope within groups is the group's coefficient in a regression."""
    trial = ProgrammeTrial.fit(TABLE)
    invited = (TABLE["group"] == "programme").to_numpy(dtype=float)
    design = np.column_stack([np.ones(len(TABLE)), invited, TABLE["before"]])
    coefficient = np.linalg.lstsq(design, TABLE["amount"].to_numpy(), rcond=None)[0][1]
    adjusted, plain = trial.estimates["adjusted"], trial.estimates["difference"]
    assert adjusted.difference == pytest.approx(coefficient)
    assert adjusted.error < 0.8 * plain.error
    assert trial.power(0.05, adjusted=True) > trial.power(0.05)


def test_wald_is_two_stage_least_squares():
    trial = ProgrammeTrial.fit(TABLE)
    invited = (TABLE["group"] == "programme").to_numpy(dtype=float)
    member, amount = TABLE["member"].to_numpy(dtype=float), TABLE["amount"].to_numpy()
    slope = np.cov(invited, amount)[0, 1] / np.cov(invited, member)[0, 1]
    found = trial.estimates["per_member"]
    assert found.difference == pytest.approx(slope)
    rest = amount - slope * member
    rest = rest - rest.mean()
    centred = invited - invited.mean()
    robust = np.sqrt((centred**2 * rest**2).sum()) / abs((centred * member).sum())  # the textbook's robust error
    assert found.error == pytest.approx(robust, rel=0.01)


def test_intervals_cover_the_truth_and_the_naive_one_does_not():
    firm = LoyaltyProgramme(customers=600, control=0.4, uplift=0.2)
    truth = {"difference": 12 * firm.gain, "adjusted": 12 * firm.gain, "per_member": 12 * firm.effect,
             "naive": 12 * firm.effect}  # fmt: skip
    inside = dict.fromkeys(truth, 0)
    runs = 200
    for seed in range(runs):
        estimates = ProgrammeTrial.fit(firm.people(12, seed=seed), level=0.9).estimates
        for name, value in truth.items():
            inside[name] += estimates[name].low <= value <= estimates[name].high
    for name in ("difference", "adjusted", "per_member"):
        assert abs(inside[name] / runs - 0.9) < 4 * np.sqrt(0.09 / runs)
    assert inside["naive"] == 0


def test_what_is_not_given_is_not_made_up():
    trial = ProgrammeTrial.fit(table(), control="b")
    assert list(trial.estimates) == ["difference"]
    assert trial.joined is None
    with pytest.raises(InputError, match="before"):
        trial.power(adjusted=True)
    nobody = ProgrammeTrial.fit(table(member=[False] * 6), control="b")
    assert list(nobody.estimates) == ["difference"]
    reverse = ProgrammeTrial.fit(table(member=[0, 0, 0, 1, 1, 0]), control="b")
    assert "per_member" not in reverse.estimates
    assert "less than all others" in reverse.describe("en")


def test_power_and_size_agree():
    trial = ProgrammeTrial.fit(TABLE)
    size = trial.sample_size(0.1, 0.8)
    assert size > 0
    again = ProgrammeTrial.fit(TABLE).power(0.1)
    assert (again > 0.8) == (len(TABLE) > size)
    assert trial.sample_size(0) == np.inf
    assert trial.power(0) == pytest.approx(0.05)


def test_no_spread_at_all():
    trial = ProgrammeTrial.fit(table(amount=[3, 3, 3, 1, 1, 1], before=[1] * 6), control="b")
    assert trial.estimates["difference"][:4] == (2, 2, 2, 0)
    assert trial.estimates["adjusted"].difference == pytest.approx(2)
    assert "raised" in trial.describe("en")
    idle = ProgrammeTrial.fit(table(amount=[0] * 6), control="b")
    assert "Zero lies within" in idle.describe("en")
    assert np.isnan(idle.summary()["uplift"].iloc[0])


@pytest.mark.parametrize("member", [[True, False, True, False, False, False], [1, 0, 1, 0, 0, 0], [1.0, 0, 1, 0, 0, 0]])
def test_members_in_any_writing(member):
    assert ProgrammeTrial.fit(table(member=member), control="b").joined == (pytest.approx(2 / 3), 0)


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (table("aaaaaa"), "two labels|none of them"),
        (table("aabbcc"), "two labels"),
        (table("abbbbb"), "at least two"),
        (table(amount=[1, 2, 3, 4, 5, "6"]), "row 6"),
        (table(amount=[1, 2, 3, 4, 5, 1e13]), "row 6"),
        (table(member=[2, 0, 0, 0, 0, 0]), "row 1"),
        (table(member=[0.5, 0, 0, 0, 0, 0]), "row 1"),
        (table(before=[1, None, 0, 0, 0, 0]), "before"),
        (table().assign(customer=[1, 1, 2, 3, 4, 5]), "customer 1"),
        (table().assign(group=[["a"]] * 3 + [["b"]] * 3), "column group"),
    ],
)
def test_tables_that_are_refused(frame, said):
    with pytest.raises(InputError, match=said):
        ProgrammeTrial.fit(frame, control="b")


def test_the_control_group_is_named():
    with pytest.raises(InputError, match=r"a, b.*'control'"):
        ProgrammeTrial.fit(table())
    swapped = ProgrammeTrial.fit(table(), control="a").estimates["difference"]
    assert swapped.difference == pytest.approx(-4)
    numbered = table().assign(group=[1, 1, 1, 0, 0, 0])
    assert ProgrammeTrial.fit(numbered, control=0).customers == (3, 3)


def test_words():
    trial = ProgrammeTrial.fit(TABLE)
    words = trial.describe("en")
    for part in ("3,000 customers", "difference of 189", "136 (10.3 to 263)", "no measure of the programme"):
        assert part in words
    assert "对照组" in trial.describe("zh")
