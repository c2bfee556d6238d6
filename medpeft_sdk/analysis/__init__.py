"""What results say together."""

from medpeft_sdk.analysis.collect import collect
from medpeft_sdk.analysis.common import Standing, standing
from medpeft_sdk.analysis.compare import Comparison, compare
from medpeft_sdk.analysis.diagram import Bar, Diagram, diagram
from medpeft_sdk.analysis.differences import Difference, Ties, difference, differences, ties
from medpeft_sdk.analysis.draws import with_draws
from medpeft_sdk.analysis.gains import Gain, Largest, gains, largest
from medpeft_sdk.analysis.pooled import Pooled
from medpeft_sdk.analysis.ranking import PostHoc, Ranking, rank
from medpeft_sdk.analysis.read import read_scores
from medpeft_sdk.analysis.recommendation import Recommendation, conclude
from medpeft_sdk.analysis.scores import Condition, Gap, Scores
from medpeft_sdk.analysis.sentences import sentences
from medpeft_sdk.analysis.sizes import SizeTrend, size_trend
from medpeft_sdk.analysis.student import LEVEL, Student
from medpeft_sdk.analysis.tied import letters, tied_groups

__all__ = [
    "LEVEL",
    "Bar",
    "Comparison",
    "Condition",
    "Diagram",
    "Difference",
    "Gain",
    "Gap",
    "Largest",
    "Pooled",
    "PostHoc",
    "Ranking",
    "Recommendation",
    "Scores",
    "SizeTrend",
    "Standing",
    "Student",
    "Ties",
    "collect",
    "compare",
    "conclude",
    "diagram",
    "difference",
    "differences",
    "gains",
    "largest",
    "letters",
    "rank",
    "read_scores",
    "sentences",
    "size_trend",
    "standing",
    "tied_groups",
    "ties",
    "with_draws",
]
