/** A cluster as a timeline, and beside it the article that is looked at. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { useKeys } from '../keys';
import type { Member } from '../messages';
import { ArticlePanel } from '../parts/article_panel';
import { LongList } from '../parts/long_list';
import { Strip } from '../parts/strip';
import { HeadingTitle, Loading, ProblemNote, Publisher, RoleChip, Shares, Swatch, Time, Title } from '../parts/words';
import { detailsOf, detailsVersion, wantDetails } from '../roles';
import { go, link, route } from '../route';
import { COLOURS, siteOf, sitesOf, type Site } from '../sites';
import { useStore } from '../store';
import { duration, lag, milliseconds } from '../time';
import { useCluster, type LoadedCluster } from '../use_cluster';
import { counted } from '../words';

export function ClusterView() {
  const { query } = useStore(route);
  const id = query.get('id') ?? '';
  const answer = useCluster(id);
  return (
    <>
      {!answer.cluster && <h1 class="hidden">Timeline</h1>}
      {!answer.cluster && answer.isLoading && !answer.problem && <Loading what="the cluster" />}
      {answer.problem && <ProblemNote problem={answer.problem} retry={answer.retry} />}
      {answer.cluster && (
        <Timeline key={answer.cluster.lead} cluster={answer.cluster} readMore={answer.readMore} isLoading={answer.isLoading} />
      )}
    </>
  );
}

/**
 * Returns the lead, and then the others by time. In the order of the server, those that name another source come last,
 * whatever their time.
 */
function byTime([lead, ...others]: Member[]): Member[] {
  const time = (member: Member) => milliseconds(member.time) ?? Infinity;
  return lead ? [lead, ...others.sort((a, b) => time(a) - time(b))] : [];
}

interface TimelineProps {
  cluster: LoadedCluster;
  isLoading: boolean;
  readMore: () => void;
}

function Timeline({ cluster, isLoading, readMore }: TimelineProps) {
  const { query } = useStore(route);
  const selected = query.get('article') ?? '';
  const onlySite = query.get('site') ?? '';
  const [words, setWords] = useState('');
  const { lead, size } = cluster;
  const members = useMemo(() => byTime(cluster.members), [cluster.members]);
  const first = members[0];
  const start = milliseconds(first?.time);
  const sites = useMemo(() => sitesOf(members), [members]);
  const shown = useMemo(() => {
    const wanted = words.trim().toLowerCase();
    return members.filter((member) => {
      const text = `${member.title ?? ''} ${member.publisher ?? ''} ${member.url ?? ''}`.toLowerCase();
      return (!onlySite || siteOf(member) === onlySite) && text.includes(wanted);
    });
  }, [members, onlySite, words]);
  const at = shown.findIndex((member) => member.id === selected);
  const to = (article?: string, site = onlySite) => link('cluster', { id: lead, article, site });
  // Keys may come faster than the view is drawn.
  const presentArticle = () => route.value.query.get('article') ?? '';
  const step = (by: number) => {
    const present = presentArticle();
    const at = shown.findIndex((member) => member.id === present);
    const next = shown[Math.min(Math.max(at + by, 0), shown.length - 1)];
    if (next && next.id !== present) go(to(next.id), present !== '');
  };
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    c: () => {
      const present = presentArticle();
      if (present && present !== lead) go(link('compare', { a: lead, b: present }));
    },
    Escape: () => presentArticle() && go(to()),
  });
  const last = members.reduce((latest, member) => Math.max(latest, milliseconds(member.time) ?? 0), start ?? 0);
  return (
    <div class={`split${selected ? ' has-panel' : ''}`}>
      <div class="timeline">
        <h1 dir="auto">
          <HeadingTitle title={first?.title} id={lead} />
        </h1>
        <p class="story-facts">
          {counted(size, 'article')} on {counted(sites.size, 'site')}
          {start !== undefined && size > 1 && `, within ${duration(last - start)}`}. First carried by{' '}
          {first && <Publisher article={first} />} at {first && <Time time={first.time} />} UTC.
          {first?.settling && ' Some members are still being compared with this lead.'}
        </p>
        {size > 1 && <Strip articles={members} sites={sites} selected={selected} />}
        {sites.size > 1 && <SiteFilter sites={[...sites.values()]} only={onlySite} to={(site) => to(selected, site)} />}
        {size > 8 && (
          <label class="filter">
            <span>Only with the words</span>
            <input type="search" dir="auto" value={words} onInput={(event) => setWords(event.currentTarget.value)} />
            <span class="faint" role="status">
              {shown.length === members.length ? '' : `${shown.length.toLocaleString('en')} shown`}
            </span>
          </label>
        )}
        <div class="member-head" aria-hidden="true">
          <span>after the lead</span>
          <span>publisher</span>
          <span>headline</span>
          <span>role</span>
          <span>in common with the lead</span>
        </div>
        <LongList
          items={shown}
          label="Articles by time"
          keyOf={(member) => member.id ?? ''}
          rowHeight={(width) => (width < 760 ? 6.6 : 3.1)}
          shown={at}
          onView={(items) => wantDetails(items.map((member) => member.id ?? ''))}
          render={(member) => (
            <MemberRow
              member={member}
              start={start}
              site={sites.get(siteOf(member))}
              isLead={member.id === lead}
              leadTitle={first?.title}
              isSelected={member.id === selected}
              href={to(member.id)}
            />
          )}
        />
        {cluster.hasMore && (
          <p class="actions">
            {isLoading ? (
              <Loading what="more articles" />
            ) : (
              <button type="button" onClick={readMore}>
                Load more of {counted(size, 'article')}
              </button>
            )}
          </p>
        )}
      </div>
      {selected && <ArticlePanel id={selected} lead={lead} close={to()} />}
    </div>
  );
}

interface MemberRowProps {
  member: Member;
  start?: number;
  site?: Site;
  isLead: boolean;
  leadTitle?: string;
  isSelected: boolean;
  href: string;
}

function MemberRow({ member, start, site, isLead, leadTitle, isSelected, href }: MemberRowProps) {
  useStore(detailsVersion);
  const details = detailsOf(member.id ?? '');
  const ms = milliseconds(member.time);
  return (
    <div class={`member${isSelected ? ' selected' : ''}`}>
      <span class="when">
        <span class="lag">{isLead || ms === undefined || start === undefined ? 'lead' : lag(ms - start)}</span>
        <Time time={member.time} />
      </span>
      <Publisher article={member} site={site} />
      <a class="headline" href={href} aria-current={isSelected ? 'true' : undefined}>
        {!isLead && member.title && member.title === leadTitle ? (
          <>
            <span class="same">same headline</span>
            <span class="hidden"> by {member.publisher || member.id}</span>
          </>
        ) : (
          <Title title={member.title} id={member.id} />
        )}
      </a>
      <span class="member-role">
        {details?.role && <RoleChip role={details.role} />}
        {member.settling && <span class="faint"> settling</span>}
      </span>
      {isLead ? <span class="shares" /> : <Shares figures={member.figures} it="this article" other="the lead" short={['it', 'lead']} />}
    </div>
  );
}

/** How many sites have a button before the rest is opened. */
const FEW = innerWidth < 760 ? 4 : COLOURS + 3;

function SiteFilter({ sites, only, to }: { sites: Site[]; only: string; to: (site: string) => string }) {
  const [all, setAll] = useState(false);
  useEffect(() => {
    if (only && sites.findIndex((site) => site.name === only) >= FEW) setAll(true);
  }, [only]);
  const shown = all ? sites : sites.slice(0, FEW);
  return (
    <nav class="sites" aria-label="Sites">
      {only && (
        <a class="site" href={to('')}>
          All sites
        </a>
      )}
      {shown.map((site) => (
        <a
          key={site.name}
          class="site"
          href={to(site.name === only ? '' : site.name)}
          aria-current={site.name === only ? 'true' : undefined}
        >
          <Swatch site={site} />
          <bdi dir="auto">{site.name}</bdi> <span class="faint">{site.articles}</span>
        </a>
      ))}
      {sites.length > shown.length && (
        <button type="button" class="inline" onClick={() => setAll(true)}>
          {counted(sites.length - shown.length, 'more site')}
        </button>
      )}
    </nav>
  );
}
