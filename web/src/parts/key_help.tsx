/** The keys that the page knows. */
import { useEffect, useRef } from 'preact/hooks';
import { keysAreOn, switchKeys } from '../keys';
import { Store, useStore } from '../store';

export const keyHelpIsOpen = new Store(false);

const KEYS: readonly [string, string][] = [
  ['/', 'Search'],
  ['j, k', 'Timeline: next and previous article'],
  ['c', 'Timeline: the article beside the lead'],
  ['Esc', 'Timeline: close the article'],
  ['n, p', 'Side by side: next and previous passage'],
  ['h', 'Live: hold the list, and go on'],
  ['?', 'This list'],
];

export function KeyHelp() {
  const dialog = useRef<HTMLDialogElement>(null);
  const areOn = useStore(keysAreOn);
  useEffect(() => dialog.current?.showModal(), []);
  const close = () => (keyHelpIsOpen.value = false);
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="keys-title" onCancel={close}>
      <h2 id="keys-title">Keys</h2>
      <dl class="keys">
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input type="checkbox" checked={areOn} onChange={(event) => switchKeys(event.currentTarget.checked)} />
        Single letters act as keys
      </label>
      <div class="actions">
        <button type="button" onClick={close}>
          Close
        </button>
      </div>
    </dialog>
  );
}
