/** The search in one line, above all views but the first. */
import { useState } from 'preact/hooks';
import { search } from '../draft';

export function SearchField() {
  const [text, setText] = useState('');
  const submit = (event: Event) => {
    event.preventDefault();
    search(text);
  };
  // A field of one line would join the lines of a text.
  const paste = (event: ClipboardEvent) => {
    const pasted = event.clipboardData?.getData('text/plain') ?? '';
    if (!/\n./.test(pasted.trim())) return;
    event.preventDefault();
    search(pasted);
  };
  return (
    <form class="search" role="search" onSubmit={submit}>
      <input
        data-search
        type="search"
        dir="auto"
        aria-label="URL, id or text"
        placeholder="URL, id, or paste a text"
        autocomplete="off"
        spellcheck={false}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onPaste={paste}
      />
    </form>
  );
}
