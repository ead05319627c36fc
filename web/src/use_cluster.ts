/** A cluster, read page by page. */
import { useEffect, useState } from 'preact/hooks';
import { asProblem, get, type Problem } from './api';
import type { Cluster, Member } from './messages';

/** The largest page that the server gives. */
const PAGE = 1000;
/** Members that are read without being asked for. */
const AT_ONCE = 5000;

export interface LoadedCluster {
  lead: string;
  size: number;
  members: Member[];
  /** Whether there are members that were not read. */
  hasMore: boolean;
}

interface State {
  id: string;
  cluster?: LoadedCluster;
  problem?: Problem;
}

export interface ClusterAnswer {
  cluster?: LoadedCluster;
  problem?: Problem;
  isLoading: boolean;
  readMore: () => void;
  retry: () => void;
}

/** Reads the cluster of an article. What has come is there while the rest comes. */
export function useCluster(id: string): ClusterAnswer {
  const [state, setState] = useState<State>({ id: '' });
  const [limit, setLimit] = useState(AT_ONCE);
  const [attempt, setAttempt] = useState(0);
  const [isLoading, setLoading] = useState(true);
  useEffect(() => {
    const abort = new AbortController();
    setLoading(true);
    const read = async () => {
      let members: Member[] = [];
      let pageToken = '';
      do {
        const page = await get<Cluster>('/v1/cluster', { id, pageSize: PAGE, pageToken }, abort.signal);
        members = [...members, ...(page.members ?? [])];
        pageToken = page.nextPageToken ?? '';
        const size = Number(page.size ?? 0);
        const cluster = { lead: page.cluster ?? id, size, members, hasMore: pageToken !== '' };
        if (abort.signal.aborted) return;
        setState({ id, cluster });
      } while (pageToken !== '' && members.length < limit);
    };
    read()
      .catch((error: unknown) => abort.signal.aborted || setState({ id, problem: asProblem(error) }))
      .finally(() => abort.signal.aborted || setLoading(false));
    return () => abort.abort();
  }, [id, limit, attempt]);
  const isCurrent = state.id === id;
  return {
    cluster: isCurrent ? state.cluster : undefined,
    problem: isCurrent ? state.problem : undefined,
    isLoading,
    readMore: () => setLimit(limit + AT_ONCE),
    retry: () => setAttempt(attempt + 1),
  };
}
