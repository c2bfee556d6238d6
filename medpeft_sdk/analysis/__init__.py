"""What results say together."""

from medpeft_sdk.analysis.collect import collect
from medpeft_sdk.analysis.common import Standing, standing
from medpeft_sdk.analysis.compare import Comparison, compare
from medpeft_sdk.analysis.cost import COSTS, Cost
from medpeft_sdk.analysis.diagram import Bar, Diagram, diagram
from medpeft_sdk.analysis.differences import Difference, Ties, difference, differences, ties
from medpeft_sdk.analysis.draws import with_draws
from medpeft_sdk.analysis.gains import Gain, Largest, gains, largest
from medpeft_sdk.analysis.pareto import Pareto, Point, pareto
from medpeft_sdk.analysis.pooled import Pooled
from medpeft_sdk.analysis.protocols import of_protocol
from medpeft_sdk.analysis.ranking import PostHoc, Ranking, rank
from medpeft_sdk.analysis.read import UNSCORED, read_scores
from medpeft_sdk.analysis.recommendation import Recommendation, conclude
from medpeft_sdk.analysis.scores import Condition, Gap, Scores
from medpeft_sdk.analysis.searches import (
    BestSoFar,
    Searched,
    best_so_far,
    read_searches,
    sound_searches,
)
from medpeft_sdk.analysis.sentences import sentences
from medpeft_sdk.analysis.sizes import SizeTrend, size_trend
from medpeft_sdk.analysis.student import LEVEL, Student
from medpeft_sdk.analysis.tied import letters, tied_groups

__all__ = [
    "COSTS",
    "LEVEL",
    "UNSCORED",
    "Bar",
    "BestSoFar",
    "Comparison",
    "Condition",
    "Cost",
    "Diagram",
    "Difference",
    "Gain",
    "Gap",
    "Largest",
    "Pareto",
    "Point",
    "Pooled",
    "PostHoc",
    "Ranking",
    "Recommendation",
    "Scores",
    "Searched",
    "SizeTrend",
    "Standing",
    "Student",
    "Ties",
    "best_so_far",
    "collect",
    "compare",
    "conclude",
    "diagram",
    "difference",
    "differences",
    "gains",
    "largest",
    "letters",
    "of_protocol",
    "pareto",
    "rank",
    "read_scores",
    "read_searches",
    "sentences",
    "size_trend",
    "sound_searches",
    "standing",
    "tied_groups",
    "ties",
    "with_draws",
]
