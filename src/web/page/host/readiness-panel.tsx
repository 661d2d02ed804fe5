/** Whether this host can give functions to guests at all, and what is to be done where it cannot. */
import type { ReactNode } from 'react';
import { usePage } from '../context.ts';

const SIGNS = { ok: '✓', missing: '✗', unknown: '?' } as const;

export function ReadinessPanel(): ReactNode {
  const { host } = usePage().state;
  return (
    <>
      <ul className="readiness">
        {host.readiness.map(({ what, state, found, hint }) => (
          <li key={what} className={`ready-${state}`}>
            <span aria-hidden="true" className="ready-sign">
              {SIGNS[state]}
            </span>
            <div>
              <strong>{what}</strong> <span className="ready-word">{state}</span>: {found}
              {hint === null ? null : <p className="readiness-hint">{hint}</p>}
            </div>
          </li>
        ))}
      </ul>
      <p className="faint">
        hostdev {host.version}; libvirt {host.libvirt.uri ?? 'not found'}
        {host.libvirt.reachable ? '' : ', not reachable'}
      </p>
    </>
  );
}
