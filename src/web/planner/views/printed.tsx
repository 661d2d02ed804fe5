/** What one command prints, to copy. */
import type { ReactNode } from 'react';
import { CopyButton } from '../../design/copy-button.tsx';
import type { CommandText } from '../model/command-text.ts';

export function Printed({ command, out, err, words }: CommandText & { readonly words: string }): ReactNode {
  return (
    <section aria-label={words} data-command={command} className="printed">
      <h3 className="mono">$ {words}</h3>
      {err === '' ? null : (
        <pre tabIndex={0} className="err">
          {err}
        </pre>
      )}
      {out === '' ? null : (
        <>
          <pre tabIndex={0} className="out">
            {out}
          </pre>
          <p>
            <CopyButton label="Copy" text={out} />
          </p>
        </>
      )}
    </section>
  );
}
