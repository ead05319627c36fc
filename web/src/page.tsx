/** The frame of all views: where one can go, the search, and what the person is asked. */
import type { ComponentType } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { askForToken, forgetToken, hasToken, tokenRequest } from './api';
import { KeyHelp, keyHelpIsOpen } from './parts/key_help';
import { SearchField } from './parts/search_field';
import { TokenPrompt } from './parts/token_prompt';
import { collection, go, link, route } from './route';
import { Store, useStore } from './store';
import { useKeys } from './keys';
import { CheckView } from './views/check';
import { ClusterView } from './views/cluster';
import { CompareView } from './views/compare';
import { FindView } from './views/find';
import { HomeView } from './views/home';
import { HostView } from './views/host';
import { LiveView } from './views/live';

interface View {
  title: string;
  Component: ComponentType;
}

const VIEWS: Record<string, View> = {
  '': { title: 'Search', Component: HomeView },
  find: { title: 'Search', Component: FindView },
  check: { title: 'Who had this?', Component: CheckView },
  cluster: { title: 'Timeline', Component: ClusterView },
  compare: { title: 'Side by side', Component: CompareView },
  live: { title: 'Live', Component: LiveView },
  host: { title: 'Host', Component: HostView },
};

export function Page() {
  const { view } = useStore(route);
  const asked = useStore(tokenRequest);
  const isHelpOpen = useStore(keyHelpIsOpen);
  const round = useStore(tokensGiven);
  const { title, Component } = VIEWS[view] ?? VIEWS['']!;
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);

  useEffect(() => {
    document.title = `${title} · wirecopy`;
    scrollTo(0, 0);
    // Whoever cannot see the view change learns of it by the focus.
    if (!isFirst.current) main.current?.focus({ preventScroll: true });
    isFirst.current = false;
  }, [view]);
  useKeys({
    '/': () => document.querySelector<HTMLElement>('[data-search]')?.focus(),
    '?': () => (keyHelpIsOpen.value = true),
  });

  return (
    <>
      <a class="skip" href="#main" onClick={(event) => skip(event, main.current)}>
        Skip to the content
      </a>
      <header class="bar">
        <a class="name" href={link('')}>
          wirecopy
        </a>
        <nav aria-label="Views">
          <NavLink view="" current={view} name="Search" />
          <NavLink view="live" current={view} name="Live" />
          <NavLink view="host" current={view} name="Hosts" />
        </nav>
        {view !== '' && <SearchField />}
        <Tools />
      </header>
      <main id="main" ref={main} tabIndex={-1} class={`view view-${view || 'home'}`}>
        <Component key={round} />
      </main>
      {asked && <TokenPrompt request={asked} />}
      {isHelpOpen && <KeyHelp />}
    </>
  );
}

/** Moves the focus without a change of the fragment, which names the view. */
function skip(event: Event, main: HTMLElement | null): void {
  event.preventDefault();
  main?.focus();
}

function NavLink({ view, current, name }: { view: string; current: string; name: string }) {
  return (
    <a href={link(view)} aria-current={view === current ? 'page' : undefined}>
      {name}
    </a>
  );
}

/** What concerns all views: the collection, the token, the keys. */
function Tools() {
  const isKnown = useStore(hasToken);
  return (
    <div class="tools">
      <CollectionField />
      <button type="button" class="quiet" onClick={() => void changeToken(isKnown)}>
        {isKnown ? 'Forget token' : 'Token'}
      </button>
      <button type="button" class="quiet" aria-label="Keys" onClick={() => (keyHelpIsOpen.value = true)}>
        ?
      </button>
    </div>
  );
}

/** Each begins the view anew, which may have been refused before. */
const tokensGiven = new Store(0);

async function changeToken(isKnown: boolean): Promise<void> {
  if (isKnown) forgetToken();
  else if ((await askForToken('')) !== undefined) tokensGiven.value += 1;
}

function CollectionField() {
  const { view, query } = useStore(route);
  const change = (event: Event) => {
    const name = (event.currentTarget as HTMLInputElement).value.trim();
    // What one collection has, another need not have.
    const keeps = ['', 'live', 'host', 'check'].includes(view);
    const parameters = keeps ? Object.fromEntries(query) : {};
    go(link(keeps ? view : '', { ...parameters, in: name === 'default' ? '' : name }));
  };
  return (
    <label class="collection">
      <span>Collection</span>
      <input
        value={collection()}
        placeholder="default"
        size={9}
        autocomplete="off"
        spellcheck={false}
        autocapitalize="off"
        onChange={change}
      />
    </label>
  );
}
