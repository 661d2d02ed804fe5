import type { ReactNode } from 'react';
import { KEYS } from './grid-keys.ts';

export function KeyList({ onClose }: { readonly onClose: () => void }): ReactNode {
  return (
    <section className="keys" aria-label="Keys">
      <dl className="facts">
        {KEYS.map(([key, what]) => (
          <div key={key} className="fact">
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <button type="button" onClick={onClose}>
        Close
      </button>
    </section>
  );
}
