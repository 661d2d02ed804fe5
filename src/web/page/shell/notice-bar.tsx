import type { ReactNode } from 'react';
import { usePage } from '../context.ts';
import { noticesOf } from './notices.ts';
import './notice-bar.css';

export function NoticeBar(): ReactNode {
  const { known, begin, go, place } = usePage();
  const notices = noticesOf(known);
  if (notices.length === 0) return null;
  return (
    <section className="notices" aria-label="What there is to know">
      {notices.map(({ key, weight, what, hint, action }) => (
        <div key={key} className={`notice notice-${weight}`}>
          <p>
            <strong>{what}</strong>
            {hint === null ? null : <span className="faint"> {hint}</span>}
          </p>
          {action === 'recover' ? (
            <button type="button" onClick={() => begin({ verb: 'recover' })}>
              Recover…
            </button>
          ) : null}
          {action === 'readiness' && place.open !== 'readiness' ? (
            <button type="button" onClick={() => go({ view: 'host', flow: null, open: 'readiness' })}>
              What to do
            </button>
          ) : null}
        </div>
      ))}
    </section>
  );
}
