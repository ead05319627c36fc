"""Client of Wirecopy, which finds reprints and near-duplicates of news articles.

`Client` and `AsyncClient` talk to a server; `wirecopy.scrapy` is an add-on for Scrapy. `Engine`,
`cluster`, `read`, `sketch` and `verify` work without a server, and are those of the package
wirecopy-engine.
"""

from typing import TYPE_CHECKING

from wirecopy.aio import AsyncClient
from wirecopy.client import Client
from wirecopy.errors import (
    ClosedError,
    DeadlineExceededError,
    InternalError,
    InvalidArgumentError,
    NotFoundError,
    OutOfRangeError,
    PermissionDeniedError,
    ResourceExhaustedError,
    TlsError,
    UnauthenticatedError,
    UnavailableError,
    WirecopyError,
)
from wirecopy.messages import (
    Article,
    Change,
    ChangeKind,
    Cluster,
    ClusterPage,
    ClusterSummary,
    Collection,
    CollectionPage,
    Comparison,
    Credit,
    DateSource,
    Evidence,
    ExportedArticle,
    ExportPage,
    Figures,
    Furniture,
    Judgement,
    KeepRule,
    Match,
    Member,
    Passage,
    Placement,
    Publication,
    PublisherReport,
    RawPage,
    Relation,
    Removal,
    Role,
    SeenArticle,
    Snapshot,
    Span,
    State,
    Stats,
    StoredArticle,
    Text,
    Traffic,
    Verdict,
)
from wirecopy.retry import Retry

if TYPE_CHECKING:
    from wirecopy_engine import Engine as Engine
    from wirecopy_engine import cluster as cluster
    from wirecopy_engine import read as read
    from wirecopy_engine import sketch as sketch
    from wirecopy_engine import verify as verify

__all__ = [
    "Article",
    "AsyncClient",
    "Change",
    "ChangeKind",
    "Client",
    "ClosedError",
    "Cluster",
    "ClusterPage",
    "ClusterSummary",
    "Collection",
    "CollectionPage",
    "Comparison",
    "Credit",
    "DateSource",
    "DeadlineExceededError",
    "Evidence",
    "ExportPage",
    "ExportedArticle",
    "Figures",
    "Furniture",
    "InternalError",
    "InvalidArgumentError",
    "Judgement",
    "KeepRule",
    "Match",
    "Member",
    "NotFoundError",
    "OutOfRangeError",
    "Passage",
    "PermissionDeniedError",
    "Placement",
    "Publication",
    "PublisherReport",
    "RawPage",
    "Relation",
    "Removal",
    "ResourceExhaustedError",
    "Retry",
    "Role",
    "SeenArticle",
    "Snapshot",
    "Span",
    "State",
    "Stats",
    "StoredArticle",
    "Text",
    "TlsError",
    "Traffic",
    "UnauthenticatedError",
    "UnavailableError",
    "Verdict",
    "WirecopyError",
]


def __getattr__(name: str) -> object:
    if name not in ("Engine", "cluster", "read", "sketch", "verify"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        import wirecopy_engine
    except ModuleNotFoundError as error:
        raise ImportError(
            f"wirecopy.{name} is in the package wirecopy-engine, which is not installed: "
            "pip install ./clients/python-engine"
        ) from error
    return getattr(wirecopy_engine, name)
