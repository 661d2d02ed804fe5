/** Copies a text. */
import { type ReactNode, useState } from 'react';

export function Copy({ label, text }: { readonly label: string; readonly text: string }): ReactNode {
  const [said, say] = useState('');
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      say('copied');
    } catch {
      say('the browser does not allow it: select the text and copy it');
    }
  };
  return (
    <p>
      <button type="button" onClick={() => void copy()}>
        {label}
      </button>{' '}
      <span role="status" className="faint">
        {said}
      </span>
    </p>
  );
}
