/** Asks the person for an access token. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { TokenRequest } from '../api';

export function TokenPrompt({ request }: { request: TokenRequest }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [token, setToken] = useState('');
  useEffect(() => dialog.current?.showModal(), []);
  const submit = (event: Event) => {
    event.preventDefault();
    const given = token.trim();
    // A header takes nothing else, and no token has it.
    if (/^[\x21-\x7e]+$/.test(given)) request.answer(given);
  };
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="token-title" onCancel={() => request.answer(undefined)}>
      <form onSubmit={submit}>
        <h2 id="token-title">Access token</h2>
        <p>
          {request.detail && (
            <>
              The server refused the call: <bdi dir="auto">{request.detail}</bdi>.{' '}
            </>
          )}
          The token for this server stays in this tab, and is gone when the tab is closed. It is made by{' '}
          <code>wirecopy token new</code>.
        </p>
        <label class="field">
          <span>Token</span>
          <input
            type="password"
            required
            autocomplete="off"
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </label>
        <div class="actions">
          <button type="submit" class="primary">
            Use token
          </button>
          <button type="button" onClick={() => request.answer(undefined)}>
            Cancel
          </button>
        </div>
      </form>
    </dialog>
  );
}
