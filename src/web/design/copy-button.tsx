import { type ReactNode, useState } from 'react';

/** Copies a text, and says whether it could: browsers refuse it where a page is not served safely. */
export function CopyButton({ text, label }: { readonly text: string; readonly label: string }): ReactNode {
  const [said, setSaid] = useState('');
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid('Copied');
    } catch {
      setSaid('The browser does not let a page copy here: choose the text and copy it');
    }
  };
  return (
    <span>
      <button type="button" onClick={() => void copy()}>
        {label}
      </button>{' '}
      <span role="status" className="faint">
        {said}
      </span>
    </span>
  );
}
