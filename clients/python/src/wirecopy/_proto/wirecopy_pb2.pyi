import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STATE_UNSPECIFIED: _ClassVar[State]
    STATE_NEW: _ClassVar[State]
    STATE_UNCHANGED: _ClassVar[State]
    STATE_UPDATED: _ClassVar[State]
    STATE_OLDER: _ClassVar[State]

class DateSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DATE_SOURCE_UNSPECIFIED: _ClassVar[DateSource]
    DATE_SOURCE_SUBMITTED: _ClassVar[DateSource]
    DATE_SOURCE_JSON_LD: _ClassVar[DateSource]
    DATE_SOURCE_META: _ClassVar[DateSource]
    DATE_SOURCE_ELEMENT: _ClassVar[DateSource]
    DATE_SOURCE_TEXT: _ClassVar[DateSource]
    DATE_SOURCE_URL: _ClassVar[DateSource]

class Relation(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RELATION_UNSPECIFIED: _ClassVar[Relation]
    RELATION_LEAD: _ClassVar[Relation]
    RELATION_COPY: _ClassVar[Relation]
    RELATION_EXCERPT: _ClassVar[Relation]
    RELATION_EMBEDDED: _ClassVar[Relation]
    RELATION_EMBEDS: _ClassVar[Relation]
    RELATION_OVERLAP: _ClassVar[Relation]
    RELATION_VERSION: _ClassVar[Relation]
    RELATION_TEMPLATE: _ClassVar[Relation]
    RELATION_CARRIES: _ClassVar[Relation]

class Role(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROLE_UNSPECIFIED: _ClassVar[Role]
    ROLE_UNKNOWN: _ClassVar[Role]
    ROLE_ORIGINAL: _ClassVar[Role]
    ROLE_WIRE: _ClassVar[Role]
    ROLE_REPRINT: _ClassVar[Role]
    ROLE_EXCERPT: _ClassVar[Role]
    ROLE_VERSION: _ClassVar[Role]
    ROLE_ROUND_UP: _ClassVar[Role]
    ROLE_BLOCKED_PAGE: _ClassVar[Role]

class KeepRule(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    KEEP_RULE_UNSPECIFIED: _ClassVar[KeepRule]
    KEEP_RULE_EARLIEST: _ClassVar[KeepRule]
    KEEP_RULE_LONGEST: _ClassVar[KeepRule]
    KEEP_RULE_HOSTS: _ClassVar[KeepRule]

class ChangeKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHANGE_KIND_UNSPECIFIED: _ClassVar[ChangeKind]
    CHANGE_KIND_ADDED: _ClassVar[ChangeKind]
    CHANGE_KIND_UPDATED: _ClassVar[ChangeKind]
    CHANGE_KIND_MOVED: _ClassVar[ChangeKind]
    CHANGE_KIND_REMOVED: _ClassVar[ChangeKind]
    CHANGE_KIND_DROPPED: _ClassVar[ChangeKind]
STATE_UNSPECIFIED: State
STATE_NEW: State
STATE_UNCHANGED: State
STATE_UPDATED: State
STATE_OLDER: State
DATE_SOURCE_UNSPECIFIED: DateSource
DATE_SOURCE_SUBMITTED: DateSource
DATE_SOURCE_JSON_LD: DateSource
DATE_SOURCE_META: DateSource
DATE_SOURCE_ELEMENT: DateSource
DATE_SOURCE_TEXT: DateSource
DATE_SOURCE_URL: DateSource
RELATION_UNSPECIFIED: Relation
RELATION_LEAD: Relation
RELATION_COPY: Relation
RELATION_EXCERPT: Relation
RELATION_EMBEDDED: Relation
RELATION_EMBEDS: Relation
RELATION_OVERLAP: Relation
RELATION_VERSION: Relation
RELATION_TEMPLATE: Relation
RELATION_CARRIES: Relation
ROLE_UNSPECIFIED: Role
ROLE_UNKNOWN: Role
ROLE_ORIGINAL: Role
ROLE_WIRE: Role
ROLE_REPRINT: Role
ROLE_EXCERPT: Role
ROLE_VERSION: Role
ROLE_ROUND_UP: Role
ROLE_BLOCKED_PAGE: Role
KEEP_RULE_UNSPECIFIED: KeepRule
KEEP_RULE_EARLIEST: KeepRule
KEEP_RULE_LONGEST: KeepRule
KEEP_RULE_HOSTS: KeepRule
CHANGE_KIND_UNSPECIFIED: ChangeKind
CHANGE_KIND_ADDED: ChangeKind
CHANGE_KIND_UPDATED: ChangeKind
CHANGE_KIND_MOVED: ChangeKind
CHANGE_KIND_REMOVED: ChangeKind
CHANGE_KIND_DROPPED: ChangeKind

class Article(_message.Message):
    __slots__ = ("id", "url", "publisher", "published", "title", "text", "html", "page", "lang", "byline", "fetched")
    ID_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    PUBLISHER_FIELD_NUMBER: _ClassVar[int]
    PUBLISHED_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    HTML_FIELD_NUMBER: _ClassVar[int]
    PAGE_FIELD_NUMBER: _ClassVar[int]
    LANG_FIELD_NUMBER: _ClassVar[int]
    BYLINE_FIELD_NUMBER: _ClassVar[int]
    FETCHED_FIELD_NUMBER: _ClassVar[int]
    id: str
    url: str
    publisher: str
    published: _timestamp_pb2.Timestamp
    title: str
    text: str
    html: str
    page: RawPage
    lang: str
    byline: str
    fetched: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., url: _Optional[str] = ..., publisher: _Optional[str] = ..., published: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., title: _Optional[str] = ..., text: _Optional[str] = ..., html: _Optional[str] = ..., page: _Optional[_Union[RawPage, _Mapping]] = ..., lang: _Optional[str] = ..., byline: _Optional[str] = ..., fetched: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RawPage(_message.Message):
    __slots__ = ("content", "content_type")
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    CONTENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    content: bytes
    content_type: str
    def __init__(self, content: _Optional[bytes] = ..., content_type: _Optional[str] = ...) -> None: ...

class Publication(_message.Message):
    __slots__ = ("time", "source", "day", "is_local")
    TIME_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    DAY_FIELD_NUMBER: _ClassVar[int]
    IS_LOCAL_FIELD_NUMBER: _ClassVar[int]
    time: _timestamp_pb2.Timestamp
    source: DateSource
    day: str
    is_local: bool
    def __init__(self, time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., source: _Optional[_Union[DateSource, str]] = ..., day: _Optional[str] = ..., is_local: bool = ...) -> None: ...

class Evidence(_message.Message):
    __slots__ = ("kind", "words", "span", "outlet", "url", "article", "weight", "signal", "question")
    KIND_FIELD_NUMBER: _ClassVar[int]
    WORDS_FIELD_NUMBER: _ClassVar[int]
    SPAN_FIELD_NUMBER: _ClassVar[int]
    OUTLET_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    ARTICLE_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    SIGNAL_FIELD_NUMBER: _ClassVar[int]
    QUESTION_FIELD_NUMBER: _ClassVar[int]
    kind: str
    words: str
    span: Span
    outlet: str
    url: str
    article: str
    weight: float
    signal: str
    question: str
    def __init__(self, kind: _Optional[str] = ..., words: _Optional[str] = ..., span: _Optional[_Union[Span, _Mapping]] = ..., outlet: _Optional[str] = ..., url: _Optional[str] = ..., article: _Optional[str] = ..., weight: _Optional[float] = ..., signal: _Optional[str] = ..., question: _Optional[str] = ...) -> None: ...

class Judgement(_message.Message):
    __slots__ = ("role", "confidence", "original", "source", "carried", "added", "lag_ms", "evidence", "source_url")
    ROLE_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    CARRIED_FIELD_NUMBER: _ClassVar[int]
    ADDED_FIELD_NUMBER: _ClassVar[int]
    LAG_MS_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_URL_FIELD_NUMBER: _ClassVar[int]
    role: Role
    confidence: float
    original: str
    source: str
    carried: float
    added: float
    lag_ms: int
    evidence: _containers.RepeatedCompositeFieldContainer[Evidence]
    source_url: str
    def __init__(self, role: _Optional[_Union[Role, str]] = ..., confidence: _Optional[float] = ..., original: _Optional[str] = ..., source: _Optional[str] = ..., carried: _Optional[float] = ..., added: _Optional[float] = ..., lag_ms: _Optional[int] = ..., evidence: _Optional[_Iterable[_Union[Evidence, _Mapping]]] = ..., source_url: _Optional[str] = ...) -> None: ...

class Figures(_message.Message):
    __slots__ = ("resemblance", "containment", "containment_of_other")
    RESEMBLANCE_FIELD_NUMBER: _ClassVar[int]
    CONTAINMENT_FIELD_NUMBER: _ClassVar[int]
    CONTAINMENT_OF_OTHER_FIELD_NUMBER: _ClassVar[int]
    resemblance: float
    containment: float
    containment_of_other: float
    def __init__(self, resemblance: _Optional[float] = ..., containment: _Optional[float] = ..., containment_of_other: _Optional[float] = ...) -> None: ...

class Match(_message.Message):
    __slots__ = ("id", "url", "publisher", "time", "title", "cluster", "relation", "figures", "site")
    ID_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    PUBLISHER_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    RELATION_FIELD_NUMBER: _ClassVar[int]
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    id: str
    url: str
    publisher: str
    time: _timestamp_pb2.Timestamp
    title: str
    cluster: str
    relation: Relation
    figures: Figures
    site: str
    def __init__(self, id: _Optional[str] = ..., url: _Optional[str] = ..., publisher: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., title: _Optional[str] = ..., cluster: _Optional[str] = ..., relation: _Optional[_Union[Relation, str]] = ..., figures: _Optional[_Union[Figures, _Mapping]] = ..., site: _Optional[str] = ...) -> None: ...

class Placement(_message.Message):
    __slots__ = ("cluster", "size", "relation", "figures", "settling")
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    RELATION_FIELD_NUMBER: _ClassVar[int]
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    SETTLING_FIELD_NUMBER: _ClassVar[int]
    cluster: str
    size: int
    relation: Relation
    figures: Figures
    settling: bool
    def __init__(self, cluster: _Optional[str] = ..., size: _Optional[int] = ..., relation: _Optional[_Union[Relation, str]] = ..., figures: _Optional[_Union[Figures, _Mapping]] = ..., settling: bool = ...) -> None: ...

class Verdict(_message.Message):
    __slots__ = ("id", "state", "placement", "matches", "truncated", "shingles", "judgement", "first_seen", "publication")
    ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PLACEMENT_FIELD_NUMBER: _ClassVar[int]
    MATCHES_FIELD_NUMBER: _ClassVar[int]
    TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    SHINGLES_FIELD_NUMBER: _ClassVar[int]
    JUDGEMENT_FIELD_NUMBER: _ClassVar[int]
    FIRST_SEEN_FIELD_NUMBER: _ClassVar[int]
    PUBLICATION_FIELD_NUMBER: _ClassVar[int]
    id: str
    state: State
    placement: Placement
    matches: _containers.RepeatedCompositeFieldContainer[Match]
    truncated: bool
    shingles: int
    judgement: Judgement
    first_seen: _timestamp_pb2.Timestamp
    publication: Publication
    def __init__(self, id: _Optional[str] = ..., state: _Optional[_Union[State, str]] = ..., placement: _Optional[_Union[Placement, _Mapping]] = ..., matches: _Optional[_Iterable[_Union[Match, _Mapping]]] = ..., truncated: bool = ..., shingles: _Optional[int] = ..., judgement: _Optional[_Union[Judgement, _Mapping]] = ..., first_seen: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., publication: _Optional[_Union[Publication, _Mapping]] = ...) -> None: ...

class ArticleRequest(_message.Message):
    __slots__ = ("collection", "article", "tag", "include_quotations", "placement_only")
    COLLECTION_FIELD_NUMBER: _ClassVar[int]
    ARTICLE_FIELD_NUMBER: _ClassVar[int]
    TAG_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_QUOTATIONS_FIELD_NUMBER: _ClassVar[int]
    PLACEMENT_ONLY_FIELD_NUMBER: _ClassVar[int]
    collection: str
    article: Article
    tag: int
    include_quotations: bool
    placement_only: bool
    def __init__(self, collection: _Optional[str] = ..., article: _Optional[_Union[Article, _Mapping]] = ..., tag: _Optional[int] = ..., include_quotations: bool = ..., placement_only: bool = ...) -> None: ...

class ArticleBatch(_message.Message):
    __slots__ = ("requests",)
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    requests: _containers.RepeatedCompositeFieldContainer[ArticleRequest]
    def __init__(self, requests: _Optional[_Iterable[_Union[ArticleRequest, _Mapping]]] = ...) -> None: ...

class ArticleReplies(_message.Message):
    __slots__ = ("responses",)
    RESPONSES_FIELD_NUMBER: _ClassVar[int]
    responses: _containers.RepeatedCompositeFieldContainer[ArticleResponse]
    def __init__(self, responses: _Optional[_Iterable[_Union[ArticleResponse, _Mapping]]] = ...) -> None: ...

class ArticleResponse(_message.Message):
    __slots__ = ("tag", "verdict", "error")
    TAG_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    tag: int
    verdict: Verdict
    error: Error
    def __init__(self, tag: _Optional[int] = ..., verdict: _Optional[_Union[Verdict, _Mapping]] = ..., error: _Optional[_Union[Error, _Mapping]] = ...) -> None: ...

class Error(_message.Message):
    __slots__ = ("code", "message", "field")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    code: int
    message: str
    field: str
    def __init__(self, code: _Optional[int] = ..., message: _Optional[str] = ..., field: _Optional[str] = ...) -> None: ...

class Side(_message.Message):
    __slots__ = ("id", "text")
    ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    id: str
    text: TextSide
    def __init__(self, id: _Optional[str] = ..., text: _Optional[_Union[TextSide, _Mapping]] = ...) -> None: ...

class TextSide(_message.Message):
    __slots__ = ("title", "text", "html")
    TITLE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    HTML_FIELD_NUMBER: _ClassVar[int]
    title: str
    text: str
    html: str
    def __init__(self, title: _Optional[str] = ..., text: _Optional[str] = ..., html: _Optional[str] = ...) -> None: ...

class CompareRequest(_message.Message):
    __slots__ = ("collection", "a", "b")
    COLLECTION_FIELD_NUMBER: _ClassVar[int]
    A_FIELD_NUMBER: _ClassVar[int]
    B_FIELD_NUMBER: _ClassVar[int]
    collection: str
    a: Side
    b: Side
    def __init__(self, collection: _Optional[str] = ..., a: _Optional[_Union[Side, _Mapping]] = ..., b: _Optional[_Union[Side, _Mapping]] = ...) -> None: ...

class Span(_message.Message):
    __slots__ = ("start", "end")
    START_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    start: int
    end: int
    def __init__(self, start: _Optional[int] = ..., end: _Optional[int] = ...) -> None: ...

class Passage(_message.Message):
    __slots__ = ("a", "b", "words")
    A_FIELD_NUMBER: _ClassVar[int]
    B_FIELD_NUMBER: _ClassVar[int]
    WORDS_FIELD_NUMBER: _ClassVar[int]
    a: Span
    b: Span
    words: str
    def __init__(self, a: _Optional[_Union[Span, _Mapping]] = ..., b: _Optional[_Union[Span, _Mapping]] = ..., words: _Optional[str] = ...) -> None: ...

class CompareResponse(_message.Message):
    __slots__ = ("figures", "copy", "passages", "text_a", "text_b")
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    COPY_FIELD_NUMBER: _ClassVar[int]
    PASSAGES_FIELD_NUMBER: _ClassVar[int]
    TEXT_A_FIELD_NUMBER: _ClassVar[int]
    TEXT_B_FIELD_NUMBER: _ClassVar[int]
    figures: Figures
    copy: bool
    passages: _containers.RepeatedCompositeFieldContainer[Passage]
    text_a: str
    text_b: str
    def __init__(self, figures: _Optional[_Union[Figures, _Mapping]] = ..., copy: bool = ..., passages: _Optional[_Iterable[_Union[Passage, _Mapping]]] = ..., text_a: _Optional[str] = ..., text_b: _Optional[str] = ...) -> None: ...

class SeenRequest(_message.Message):
    __slots__ = ("collection", "ids")
    COLLECTION_FIELD_NUMBER: _ClassVar[int]
    IDS_FIELD_NUMBER: _ClassVar[int]
    collection: str
    ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, collection: _Optional[str] = ..., ids: _Optional[_Iterable[str]] = ...) -> None: ...

class SeenResponse(_message.Message):
    __slots__ = ("articles",)
    ARTICLES_FIELD_NUMBER: _ClassVar[int]
    articles: _containers.RepeatedCompositeFieldContainer[SeenArticle]
    def __init__(self, articles: _Optional[_Iterable[_Union[SeenArticle, _Mapping]]] = ...) -> None: ...

class SeenArticle(_message.Message):
    __slots__ = ("known", "id", "first_seen", "revision", "cluster")
    KNOWN_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    FIRST_SEEN_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    known: bool
    id: str
    first_seen: _timestamp_pb2.Timestamp
    revision: int
    cluster: str
    def __init__(self, known: bool = ..., id: _Optional[str] = ..., first_seen: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., revision: _Optional[int] = ..., cluster: _Optional[str] = ...) -> None: ...

class GetArticleRequest(_message.Message):
    __slots__ = ("collection", "id", "include_text", "include_quotations")
    COLLECTION_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_TEXT_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_QUOTATIONS_FIELD_NUMBER: _ClassVar[int]
    collection: str
    id: str
    include_text: bool
    include_quotations: bool
    def __init__(self, collection: _Optional[str] = ..., id: _Optional[str] = ..., include_text: bool = ..., include_quotations: bool = ...) -> None: ...

class GetArticleResponse(_message.Message):
    __slots__ = ("article", "first_seen", "revision", "placement", "matches", "truncated", "judgement", "byline", "canonical_url", "modified", "not_counted", "publication")
    ARTICLE_FIELD_NUMBER: _ClassVar[int]
    FIRST_SEEN_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    PLACEMENT_FIELD_NUMBER: _ClassVar[int]
    MATCHES_FIELD_NUMBER: _ClassVar[int]
    TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    JUDGEMENT_FIELD_NUMBER: _ClassVar[int]
    BYLINE_FIELD_NUMBER: _ClassVar[int]
    CANONICAL_URL_FIELD_NUMBER: _ClassVar[int]
    MODIFIED_FIELD_NUMBER: _ClassVar[int]
    NOT_COUNTED_FIELD_NUMBER: _ClassVar[int]
    PUBLICATION_FIELD_NUMBER: _ClassVar[int]
    article: Article
    first_seen: _timestamp_pb2.Timestamp
    revision: int
    placement: Placement
    matches: _containers.RepeatedCompositeFieldContainer[Match]
    truncated: bool
    judgement: Judgement
    byline: str
    canonical_url: str
    modified: _timestamp_pb2.Timestamp
    not_counted: _containers.RepeatedCompositeFieldContainer[Span]
    publication: Publication
    def __init__(self, article: _Optional[_Union[Article, _Mapping]] = ..., first_seen: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., revision: _Optional[int] = ..., placement: _Optional[_Union[Placement, _Mapping]] = ..., matches: _Optional[_Iterable[_Union[Match, _Mapping]]] = ..., truncated: bool = ..., judgement: _Optional[_Union[Judgement, _Mapping]] = ..., byline: _Optional[str] = ..., canonical_url: _Optional[str] = ..., modified: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., not_counted: _Optional[_Iterable[_Union[Span, _Mapping]]] = ..., publication: _Optional[_Union[Publication, _Mapping]] = ...) -> None: ...

class GetClusterRequest(_message.Message):
    __slots__ = ("collection", "id", "page_size", "page_token")
    COLLECTION_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    collection: str
    id: str
    page_size: int
    page_token: str
    def __init__(self, collection: _Optional[str] = ..., id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class Member(_message.Message):
    __slots__ = ("id", "url", "publisher", "time", "title", "relation", "figures", "settling", "site")
    ID_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    PUBLISHER_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    RELATION_FIELD_NUMBER: _ClassVar[int]
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    SETTLING_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    id: str
    url: str
    publisher: str
    time: _timestamp_pb2.Timestamp
    title: str
    relation: Relation
    figures: Figures
    settling: bool
    site: str
    def __init__(self, id: _Optional[str] = ..., url: _Optional[str] = ..., publisher: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., title: _Optional[str] = ..., relation: _Optional[_Union[Relation, str]] = ..., figures: _Optional[_Union[Figures, _Mapping]] = ..., settling: bool = ..., site: _Optional[str] = ...) -> None: ...

class GetClusterResponse(_message.Message):
    __slots__ = ("cluster", "size", "members", "next_page_token")
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    MEMBERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    cluster: str
    size: int
    members: _containers.RepeatedCompositeFieldContainer[Member]
    next_page_token: str
    def __init__(self, cluster: _Optional[str] = ..., size: _Optional[int] = ..., members: _Optional[_Iterable[_Union[Member, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListClustersRequest(_message.Message):
    __slots__ = ("collection", "page_size", "page_token")
    COLLECTION_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    collection: str
    page_size: int
    page_token: str
    def __init__(self, collection: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ClusterSummary(_message.Message):
    __slots__ = ("lead", "size")
    LEAD_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    lead: Member
    size: int
    def __init__(self, lead: _Optional[_Union[Member, _Mapping]] = ..., size: _Optional[int] = ...) -> None: ...

class ListClustersResponse(_message.Message):
    __slots__ = ("clusters", "next_page_token")
    CLUSTERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    clusters: _containers.RepeatedCompositeFieldContainer[ClusterSummary]
    next_page_token: str
    def __init__(self, clusters: _Optional[_Iterable[_Union[ClusterSummary, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ExportRequest(_message.Message):
    __slots__ = ("collection", "keep", "keep_hosts", "omit_roles", "page_token")
    COLLECTION_FIELD_NUMBER: _ClassVar[int]
    KEEP_FIELD_NUMBER: _ClassVar[int]
    KEEP_HOSTS_FIELD_NUMBER: _ClassVar[int]
    OMIT_ROLES_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    collection: str
    keep: KeepRule
    keep_hosts: _containers.RepeatedScalarFieldContainer[str]
    omit_roles: bool
    page_token: str
    def __init__(self, collection: _Optional[str] = ..., keep: _Optional[_Union[KeepRule, str]] = ..., keep_hosts: _Optional[_Iterable[str]] = ..., omit_roles: bool = ..., page_token: _Optional[str] = ...) -> None: ...

class ExportedArticle(_message.Message):
    __slots__ = ("id", "time", "placement", "judgement", "keep", "url")
    ID_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    PLACEMENT_FIELD_NUMBER: _ClassVar[int]
    JUDGEMENT_FIELD_NUMBER: _ClassVar[int]
    KEEP_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    id: str
    time: _timestamp_pb2.Timestamp
    placement: Placement
    judgement: Judgement
    keep: bool
    url: str
    def __init__(self, id: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., placement: _Optional[_Union[Placement, _Mapping]] = ..., judgement: _Optional[_Union[Judgement, _Mapping]] = ..., keep: bool = ..., url: _Optional[str] = ...) -> None: ...

class ExportResponse(_message.Message):
    __slots__ = ("articles", "next_page_token")
    ARTICLES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    articles: _containers.RepeatedCompositeFieldContainer[ExportedArticle]
    next_page_token: str
    def __init__(self, articles: _Optional[_Iterable[_Union[ExportedArticle, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RemoveRequest(_message.Message):
    __slots__ = ("collection", "ids")
    COLLECTION_FIELD_NUMBER: _ClassVar[int]
    IDS_FIELD_NUMBER: _ClassVar[int]
    collection: str
    ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, collection: _Optional[str] = ..., ids: _Optional[_Iterable[str]] = ...) -> None: ...

class RemoveResponse(_message.Message):
    __slots__ = ("removed", "unknown")
    REMOVED_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_FIELD_NUMBER: _ClassVar[int]
    removed: int
    unknown: int
    def __init__(self, removed: _Optional[int] = ..., unknown: _Optional[int] = ...) -> None: ...

class WatchRequest(_message.Message):
    __slots__ = ("collection", "after")
    COLLECTION_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    collection: str
    after: bytes
    def __init__(self, collection: _Optional[str] = ..., after: _Optional[bytes] = ...) -> None: ...

class WatchResponse(_message.Message):
    __slots__ = ("cursor", "time", "kind", "id", "cluster", "previous_cluster", "settling")
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_CLUSTER_FIELD_NUMBER: _ClassVar[int]
    SETTLING_FIELD_NUMBER: _ClassVar[int]
    cursor: bytes
    time: _timestamp_pb2.Timestamp
    kind: ChangeKind
    id: str
    cluster: str
    previous_cluster: str
    settling: bool
    def __init__(self, cursor: _Optional[bytes] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., kind: _Optional[_Union[ChangeKind, str]] = ..., id: _Optional[str] = ..., cluster: _Optional[str] = ..., previous_cluster: _Optional[str] = ..., settling: bool = ...) -> None: ...

class PublisherReportRequest(_message.Message):
    __slots__ = ("collection", "host", "since", "page_token")
    COLLECTION_FIELD_NUMBER: _ClassVar[int]
    HOST_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    collection: str
    host: str
    since: _timestamp_pb2.Timestamp
    page_token: str
    def __init__(self, collection: _Optional[str] = ..., host: _Optional[str] = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., page_token: _Optional[str] = ...) -> None: ...

class Traffic(_message.Message):
    __slots__ = ("host", "articles", "median_lag_ms", "notices")
    class NoticesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    HOST_FIELD_NUMBER: _ClassVar[int]
    ARTICLES_FIELD_NUMBER: _ClassVar[int]
    MEDIAN_LAG_MS_FIELD_NUMBER: _ClassVar[int]
    NOTICES_FIELD_NUMBER: _ClassVar[int]
    host: str
    articles: int
    median_lag_ms: int
    notices: _containers.ScalarMap[str, int]
    def __init__(self, host: _Optional[str] = ..., articles: _Optional[int] = ..., median_lag_ms: _Optional[int] = ..., notices: _Optional[_Mapping[str, int]] = ...) -> None: ...

class Credit(_message.Message):
    __slots__ = ("outlet", "articles")
    OUTLET_FIELD_NUMBER: _ClassVar[int]
    ARTICLES_FIELD_NUMBER: _ClassVar[int]
    outlet: str
    articles: int
    def __init__(self, outlet: _Optional[str] = ..., articles: _Optional[int] = ...) -> None: ...

class PublisherReportResponse(_message.Message):
    __slots__ = ("host", "articles", "leads", "copies", "own", "blocked", "copies_from", "copied_by", "credits", "next_page_token", "truncated")
    HOST_FIELD_NUMBER: _ClassVar[int]
    ARTICLES_FIELD_NUMBER: _ClassVar[int]
    LEADS_FIELD_NUMBER: _ClassVar[int]
    COPIES_FIELD_NUMBER: _ClassVar[int]
    OWN_FIELD_NUMBER: _ClassVar[int]
    BLOCKED_FIELD_NUMBER: _ClassVar[int]
    COPIES_FROM_FIELD_NUMBER: _ClassVar[int]
    COPIED_BY_FIELD_NUMBER: _ClassVar[int]
    CREDITS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    host: str
    articles: int
    leads: int
    copies: int
    own: int
    blocked: int
    copies_from: _containers.RepeatedCompositeFieldContainer[Traffic]
    copied_by: _containers.RepeatedCompositeFieldContainer[Traffic]
    credits: _containers.RepeatedCompositeFieldContainer[Credit]
    next_page_token: str
    truncated: bool
    def __init__(self, host: _Optional[str] = ..., articles: _Optional[int] = ..., leads: _Optional[int] = ..., copies: _Optional[int] = ..., own: _Optional[int] = ..., blocked: _Optional[int] = ..., copies_from: _Optional[_Iterable[_Union[Traffic, _Mapping]]] = ..., copied_by: _Optional[_Iterable[_Union[Traffic, _Mapping]]] = ..., credits: _Optional[_Iterable[_Union[Credit, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., truncated: bool = ...) -> None: ...

class ListFurnitureRequest(_message.Message):
    __slots__ = ("collection", "host")
    COLLECTION_FIELD_NUMBER: _ClassVar[int]
    HOST_FIELD_NUMBER: _ClassVar[int]
    collection: str
    host: str
    def __init__(self, collection: _Optional[str] = ..., host: _Optional[str] = ...) -> None: ...

class Furniture(_message.Message):
    __slots__ = ("words", "clusters", "masked", "first_seen", "last_seen")
    WORDS_FIELD_NUMBER: _ClassVar[int]
    CLUSTERS_FIELD_NUMBER: _ClassVar[int]
    MASKED_FIELD_NUMBER: _ClassVar[int]
    FIRST_SEEN_FIELD_NUMBER: _ClassVar[int]
    LAST_SEEN_FIELD_NUMBER: _ClassVar[int]
    words: str
    clusters: int
    masked: bool
    first_seen: _timestamp_pb2.Timestamp
    last_seen: _timestamp_pb2.Timestamp
    def __init__(self, words: _Optional[str] = ..., clusters: _Optional[int] = ..., masked: bool = ..., first_seen: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_seen: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListFurnitureResponse(_message.Message):
    __slots__ = ("furniture",)
    FURNITURE_FIELD_NUMBER: _ClassVar[int]
    furniture: _containers.RepeatedCompositeFieldContainer[Furniture]
    def __init__(self, furniture: _Optional[_Iterable[_Union[Furniture, _Mapping]]] = ...) -> None: ...

class StatsRequest(_message.Message):
    __slots__ = ("collection",)
    COLLECTION_FIELD_NUMBER: _ClassVar[int]
    collection: str
    def __init__(self, collection: _Optional[str] = ...) -> None: ...

class StatsResponse(_message.Message):
    __slots__ = ("articles", "clusters", "cursor", "publishers_estimate", "anchors_estimate", "journal_bytes", "index_bytes", "memory_bytes")
    ARTICLES_FIELD_NUMBER: _ClassVar[int]
    CLUSTERS_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    PUBLISHERS_ESTIMATE_FIELD_NUMBER: _ClassVar[int]
    ANCHORS_ESTIMATE_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_BYTES_FIELD_NUMBER: _ClassVar[int]
    INDEX_BYTES_FIELD_NUMBER: _ClassVar[int]
    MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    articles: int
    clusters: int
    cursor: bytes
    publishers_estimate: int
    anchors_estimate: int
    journal_bytes: int
    index_bytes: int
    memory_bytes: int
    def __init__(self, articles: _Optional[int] = ..., clusters: _Optional[int] = ..., cursor: _Optional[bytes] = ..., publishers_estimate: _Optional[int] = ..., anchors_estimate: _Optional[int] = ..., journal_bytes: _Optional[int] = ..., index_bytes: _Optional[int] = ..., memory_bytes: _Optional[int] = ...) -> None: ...
