/** The answer to a call, for a component that shows it. */
import { useEffect, useState } from 'preact/hooks';
import { asProblem, type Problem } from './api';

export interface Answer<T> {
  data?: T;
  problem?: Problem;
  isLoading: boolean;
  /** Makes the call again. */
  retry: () => void;
}

/** Makes a call whenever `key` changes, and gives up the one before. The last answer stays until the next. */
export function useAnswer<T>(key: string, call: (signal: AbortSignal) => Promise<T>): Answer<T> {
  const [state, setState] = useState<{ key: string; data?: T; problem?: Problem }>({ key: '' });
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    call(abort.signal).then(
      (data) => abort.signal.aborted || setState({ key, data }),
      (error: unknown) => abort.signal.aborted || setState({ key, problem: asProblem(error) }),
    );
    return () => abort.abort();
  }, [key, attempt]);
  const isCurrent = state.key === key;
  return {
    data: isCurrent ? state.data : undefined,
    problem: isCurrent ? state.problem : undefined,
    isLoading: !isCurrent,
    retry: () => {
      setState({ key: '' });
      setAttempt(attempt + 1);
    },
  };
}
