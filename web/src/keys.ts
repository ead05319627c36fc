/** Keys that act without a modifier. They can be switched off (WCAG 2.1.4). */
import { useEffect } from 'preact/hooks';
import { Store } from './store';

const OFF = 'wirecopy.keys-off';

function stored(): boolean {
  try {
    return localStorage.getItem(OFF) === null;
  } catch {
    return true; // the browser keeps nothing for this page
  }
}

export const keysAreOn = new Store(stored());

export function switchKeys(on: boolean): void {
  keysAreOn.value = on;
  try {
    if (on) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, '1');
  } catch {
    // Then the choice ends with the page.
  }
}

/** Calls the action of a key that is pressed outside of fields and dialogs. */
export function useKeys(actions: Record<string, () => unknown>): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      const isTyping = target.closest('input, textarea, select, dialog');
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
      if (event.key.length === 1 && !keysAreOn.value) return;
      const action = actions[event.key];
      if (!action) return;
      event.preventDefault();
      action();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  });
}
