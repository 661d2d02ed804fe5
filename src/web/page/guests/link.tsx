/** A function of the host and where the guest has it, drawn as a line between both. */
import type { ReactNode } from 'react';
import { formatPlace, START } from '../place/place.ts';

interface LinkProps {
  readonly host: string;
  readonly guest: string;
  /** Not there yet, or not any more: the line is dashed. */
  readonly isPlanned: boolean;
}

export function Link({ host, guest, isPlanned }: LinkProps): ReactNode {
  return (
    <span className="link-line mono">
      <a href={formatPlace({ ...START, open: host })}>{host}</a>
      <svg viewBox="0 0 40 12" role="img" aria-label={isPlanned ? 'is not in the guest as it runs' : 'is in the guest'} preserveAspectRatio="none">
        <path d="M0 6H40" className={isPlanned ? 'dashed' : undefined} />
      </svg>
      <span>{guest === '' ? 'no address yet' : guest}</span>
    </span>
  );
}
