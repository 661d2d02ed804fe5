/** Keys of a whole view: search, close, help. Letters do nothing while somebody types. */
import { useCallback, useEffect, useState } from 'react';

export function useViewKeys(close: () => void): { readonly isHelpShown: boolean; readonly hideHelp: () => void } {
  const [isHelpShown, setHelp] = useState(false);
  useEffect(() => {
    const act = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      const types = event.target instanceof HTMLElement && event.target.matches('input:not([type=checkbox]), select, textarea, [contenteditable]');
      if (event.key === 'Escape') {
        setHelp(false);
        close();
        return;
      }
      if (types) return;
      if (event.key === '/') document.getElementById('search')?.focus();
      else if (event.key === '?') setHelp((before) => !before);
      else return;
      event.preventDefault();
    };
    globalThis.addEventListener('keydown', act);
    return () => globalThis.removeEventListener('keydown', act);
  }, [close]);
  return { isHelpShown, hideHelp: useCallback(() => setHelp(false), []) };
}
