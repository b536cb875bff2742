"""Every rule that an entry of `config/claims.yaml` may name, one file each; a new one is imported and listed here."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from modecollapse.claims.rules.association import Association
from modecollapse.claims.rules.bound import Bound
from modecollapse.claims.rules.correlation import Correlation
from modecollapse.claims.rules.equivalence import Equivalence
from modecollapse.claims.rules.identity import Identity
from modecollapse.claims.rules.nearer import Nearer
from modecollapse.claims.rules.ordering import Ordering
from modecollapse.claims.rules.share import Share
from modecollapse.claims.rules.trend import Trend
from modecollapse.claims.rules.undecided import NotRun, NotTestable
from modecollapse.claims.rules.values import Values

ByRuns = Values | Ordering | Equivalence | Share | Bound | Association | Correlation | Trend | Nearer
Test = Annotated[ByRuns | Identity | NotRun | NotTestable, Field(discriminator="rule")]
