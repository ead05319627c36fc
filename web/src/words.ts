/** What answers mean, in words. */
import type { Evidence, Judgement } from './messages';

/** A share in whole percent; only 0 is "0 %", and only 1 is "100 %". */
export function percent(share: number | undefined): string {
  const exact = share ?? 0;
  const rounded = Math.round(exact * 100);
  return `${exact > 0 && exact < 1 ? Math.min(Math.max(rounded, 1), 99) : rounded}\u202f%`;
}

/** "1 article", "2 articles", "12,345 articles" */
export function counted(count: number, one: string, several = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : several}`;
}

export const ROLES: Record<string, { name: string; meaning: string }> = {
  ROLE_ORIGINAL: { name: 'original', meaning: 'The earliest known source, as far as the evidence goes.' },
  ROLE_WIRE: { name: 'wire', meaning: 'Text issued by a news agency.' },
  ROLE_REPRINT: { name: 'reprint', meaning: 'A copy by another publisher.' },
  ROLE_EXCERPT: { name: 'excerpt', meaning: 'The beginning of an earlier article of another publisher.' },
  ROLE_VERSION: { name: 'version', meaning: 'A revision of the same publisher’s article.' },
  ROLE_ROUND_UP: { name: 'round-up', meaning: 'Contains whole articles of several others.' },
  ROLE_BLOCKED_PAGE: { name: 'blocked page', meaning: 'A cookie notice, login, paywall or error page in place of an article.' },
  ROLE_UNKNOWN: { name: 'unknown', meaning: 'The evidence is inconclusive.' },
};

export function roleName(role: string | undefined): string {
  return (role && ROLES[role]?.name) || 'unknown';
}

/** How an article relates to another: "copy of". */
const RELATIONS: Record<string, string> = {
  RELATION_LEAD: 'the lead',
  RELATION_COPY: 'copy of',
  RELATION_EXCERPT: 'beginning of',
  RELATION_EMBEDDED: 'stands whole in',
  RELATION_EMBEDS: 'holds the whole of',
  RELATION_OVERLAP: 'shares passages with',
  RELATION_VERSION: 'revision of',
  RELATION_TEMPLATE: 'same form, other content than',
  RELATION_CARRIES: 'opens as, and holds all of',
};

export function relationName(relation: string | undefined): string {
  return (relation && RELATIONS[relation]) || 'related to';
}

const DATE_SOURCES: Record<string, string> = {
  DATE_SOURCE_SUBMITTED: 'as the client gave it',
  DATE_SOURCE_JSON_LD: 'as the page states it in JSON-LD',
  DATE_SOURCE_META: 'as the page states it in its head',
  DATE_SOURCE_ELEMENT: 'as the page marks it',
  DATE_SOURCE_TEXT: 'as the page shows it',
  DATE_SOURCE_URL: 'as the URL has it',
};

export function dateSource(source: string | undefined): string {
  return (source && DATE_SOURCES[source]) || '';
}

/** What a notice says of the outlet that it names. */
const SIGNALS: Record<string, string> = {
  republished: 'says that the text was republished from',
  first_appeared: 'says that the text appeared first in',
  indexed: 'shows that the page was taken over from',
  read_original: 'sends readers to the original at',
  contributed: 'says that part of it was contributed by',
  dateline: 'opens with the dateline of',
  credit: 'credits',
  syndicated: 'says that the text is syndicated by',
  licensed: 'names a licence of',
  translated: 'says that the text was translated from',
  feed_tail: 'ends as items in a feed do, naming',
  attribution: 'attributes something to',
  agency_rights: 'reserves the rights of',
  reprinted_on: 'says that it was reprinted by',
};

export function signalName(signal: string | undefined): string {
  return (signal ?? '').replaceAll('_', ' ');
}

/**
 * Whether evidence is a mark in the other article, its rival: what says that the rival's text was taken says that this
 * one's was not, so its weight is reversed. Its span is then one of the rival's text.
 */
export function isOfRival({ kind = '', signal, weight = 0, article }: Evidence): boolean {
  if (!article || !['notice', 'canonical', 'disguised'].includes(kind)) return false;
  return signal === 'reprinted_on' ? weight > 0 : weight < 0;
}

/** Returns a piece of evidence as a sentence, up to the words that it quotes. `other` names the article that it points at. */
export function evidenceSentence(evidence: Evidence, other: string): string {
  const { kind = '', words = '', signal } = evidence;
  const outlet = evidence.outlet || 'another outlet';
  const at = other || 'another article';
  switch (kind) {
    case 'notice':
    case 'agency_notice': {
      const whose = isOfRival(evidence) ? `A notice in ${at}` : 'A notice in the text';
      const agency = kind === 'agency_notice' ? ', a news agency' : '';
      return `${whose} ${(signal && SIGNALS[signal]) ?? 'names'} ${outlet}${agency}`;
    }
    case 'byline_agency':
      return `The byline names ${outlet}, a news agency`;
    case 'is_agency':
      return `The publisher is a news agency: notices name ${outlet}`;
    case 'other_agency':
      return `Another agency is named for the same text: ${outlet}`;
    case 'agency_has_it':
      return `A news agency has the text on its own site: ${words}`;
    case 'others_name_agency':
      return `Other articles name ${outlet}, a news agency, as the author of the text`;
    case 'several_agencies':
      return `Several agencies are named in places far apart, among them ${outlet}`;
    case 'canonical':
      return `${isOfRival(evidence) ? at : 'The page'} names a page of another outlet as the canonical one: ${evidence.url || outlet}`;
    case 'byline':
      return `The byline names the likely source, ${outlet}`;
    case 'photo_credit':
      return `A photo is credited to ${outlet}`;
    case 'credited_by_others':
      return `Other articles name ${other || 'this one'} as their source`;
    case 'others_name_another':
      return `Other articles name a source that is not stored here: ${outlet}`;
    case 'published_first':
      return `It states an earlier date than its nearest rival, by ${words}`;
    case 'published_later':
      return `It states a later date than its nearest rival, by ${words}`;
    case 'modified_first':
      return `It was last changed before its nearest rival, by ${words}`;
    case 'modified_later':
      return `It was last changed after its nearest rival, by ${words}`;
    case 'seen_first':
      return `It was seen here before its nearest rival, by ${words}`;
    case 'seen_later':
      return `It was seen here after its nearest rival, by ${words}`;
    case 'share_carried':
      return `It carries ${words} of the lead`;
    case 'share_added':
      return `${words} of it is not in the lead`;
    case 'same_publisher':
      return `${at} has the same publisher`;
    case 'no_rival':
      return 'No other article is known that could have been first';
    case 'others_yield':
      return 'All others with this text say that it is not theirs';
    case 'truncated':
      return 'Not all articles of the cluster were looked at';
    case 'cut_short':
      return `It is ${at}, cut short: ${words} of it is in there`;
    case 'carries_earlier':
      return `It has the headline and opening of ${at}, and ${words} of that text`;
    case 'stands_in_earlier':
      return `${words} of it stands in ${at}, which is earlier and has much else`;
    case 'disguised':
      return `Letters${isOfRival(evidence) ? ` in ${at}` : ''} are replaced by others that look alike, which hides that a text is copied`;
    case 'holds_other':
      return `It contains ${words} of ${at}, an article of another cluster`;
    case 'wall':
      return 'Its wording is that of a wall: a cookie notice, a login, a paywall, an error page';
    case 'same_short_text':
      return `The same short text stands on ${words}`;
    default:
      return `${kind.replaceAll('_', ' ')}${words && `: ${words}`}`;
  }
}

/** Kinds whose `words` are quoted from an article, and not our own. */
export function quotes(evidence: Evidence): boolean {
  const kinds = ['notice', 'agency_notice', 'photo_credit', 'credited_by_others', 'others_name_agency', 'several_agencies'];
  return kinds.includes(evidence.kind ?? '') && Boolean(evidence.words);
}

export const QUESTIONS: readonly { question: string; title: string; above: string; below: string }[] = [
  { question: 'source', title: 'Where the text began', above: 'taken from elsewhere', below: 'began here' },
  { question: 'agency', title: 'Whether an agency issued it', above: 'agency text', below: 'no agency text' },
  { question: 'contents', title: 'Whether it is one article', above: 'a round-up or a wall', below: 'one article' },
];

/** "Reprint, 85 % sure" */
export function verdictName(judgement: Judgement): string {
  const name = roleName(judgement.role);
  const sure = judgement.role === 'ROLE_UNKNOWN' ? '' : `, ${percent(judgement.confidence)} sure`;
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}${sure}`;
}

/** What happened, of a change in the feed. */
export function changeName(kind: string | undefined, leads: boolean): string {
  switch (kind) {
    case 'CHANGE_KIND_ADDED':
      return leads ? 'new story' : 'new copy';
    case 'CHANGE_KIND_UPDATED':
      return 'new version';
    case 'CHANGE_KIND_MOVED':
      return leads ? 'leads now' : 'moved';
    case 'CHANGE_KIND_REMOVED':
      return 'removed';
    case 'CHANGE_KIND_DROPPED':
      return 'collection dropped';
    default:
      return 'changed';
  }
}
