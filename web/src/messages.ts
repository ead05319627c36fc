/**
 * Messages of the API as JSON: see proto/wirecopy/v1/wirecopy.proto. Fields that have their default are
 * absent; 64-bit numbers are strings.
 */

/** A point in time, RFC 3339. */
export type Timestamp = string;

/** A range of bytes of a text in UTF-8. */
export interface Span {
  start?: number;
  end?: number;
}

export interface Figures {
  resemblance?: number;
  containment?: number;
  containmentOfOther?: number;
}

export interface Article {
  id?: string;
  url?: string;
  publisher?: string;
  published?: Timestamp;
  title?: string;
  text?: string;
  lang?: string;
  byline?: string;
}

/** What the answers say of another article. */
export interface Summary {
  id?: string;
  url?: string;
  publisher?: string;
  site?: string;
  time?: Timestamp;
  title?: string;
  relation?: string;
  figures?: Figures;
}

export interface Member extends Summary {
  settling?: boolean;
}

export interface Match extends Summary {
  cluster?: string;
}

export interface Placement {
  cluster?: string;
  size?: string;
  relation?: string;
  figures?: Figures;
  settling?: boolean;
}

export interface Evidence {
  kind?: string;
  words?: string;
  span?: Span;
  outlet?: string;
  url?: string;
  article?: string;
  weight?: number;
  signal?: string;
  question?: string;
}

export interface Judgement {
  role?: string;
  confidence?: number;
  original?: string;
  source?: string;
  sourceUrl?: string;
  carried?: number;
  added?: number;
  lagMs?: string;
  evidence?: Evidence[];
}

export interface Publication {
  time?: Timestamp;
  source?: string;
  day?: string;
  isLocal?: boolean;
}

export interface StoredArticle {
  article?: Article;
  firstSeen?: Timestamp;
  revision?: number;
  placement?: Placement;
  matches?: Match[];
  truncated?: boolean;
  judgement?: Judgement;
  byline?: string;
  canonicalUrl?: string;
  modified?: Timestamp;
  notCounted?: Span[];
  publication?: Publication;
}

export interface Verdict {
  id?: string;
  state?: string;
  placement?: Placement;
  matches?: Match[];
  truncated?: boolean;
  shingles?: number;
  judgement?: Judgement;
}

export interface Cluster {
  cluster?: string;
  size?: string;
  members?: Member[];
  nextPageToken?: string;
}

export interface ClusterSummary {
  lead?: Member;
  size?: string;
}

export interface Clusters {
  clusters?: ClusterSummary[];
  nextPageToken?: string;
}

export interface Passage {
  a?: Span;
  b?: Span;
  words?: string;
}

export interface Comparison {
  figures?: Figures;
  copy?: boolean;
  passages?: Passage[];
  textA?: string;
  textB?: string;
}

export interface Seen {
  articles?: { known?: boolean; id?: string; cluster?: string }[];
}

export interface Change {
  cursor?: string;
  time?: Timestamp;
  kind?: string;
  id?: string;
  cluster?: string;
  previousCluster?: string;
  settling?: boolean;
}

export interface Traffic {
  host?: string;
  articles?: string;
  medianLagMs?: string;
  notices?: Record<string, string>;
}

export interface PublisherReport {
  host?: string;
  articles?: string;
  leads?: string;
  copies?: string;
  own?: string;
  blocked?: string;
  copiesFrom?: Traffic[];
  copiedBy?: Traffic[];
  credits?: { outlet?: string; articles?: string }[];
  nextPageToken?: string;
  truncated?: boolean;
}

export interface Furniture {
  words?: string;
  clusters?: number;
  masked?: boolean;
  firstSeen?: Timestamp;
  lastSeen?: Timestamp;
}

export interface Stats {
  articles?: string;
  clusters?: string;
}
