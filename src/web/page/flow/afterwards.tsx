import type { ReactNode } from 'react';
import type { Answer } from '../../../server/api/plan.ts';
import { Link } from '../guests/link.tsx';
import { shortId } from '../host/words.ts';
import { placedFunctions } from './answer-places.ts';
import '../guests/guests.css';

/** What the guest will see, or see no more: each function of the host with its place, drawn as a line. */
export function Afterwards({ answer }: { readonly answer: Answer }): ReactNode {
  const placed = placedFunctions(answer);
  if (placed.length === 0) return null;
  const goes = answer.command === 'detach';
  return (
    <>
      <h3>{goes ? 'No longer in the guest' : 'In the guest'}</h3>
      <ul className="links">
        {placed.map(({ guest, function: { device, hostAddress, guestAddress, uid, fid } }) => (
          <li key={`${guest} ${device}`}>
            <Link
              host={hostAddress ?? device}
              guest={[guestAddress?.replace(/^0000:/, ''), uid === null ? '' : `uid ${shortId(uid)}`, fid === null ? '' : `fid ${shortId(fid)}`]
                .filter(Boolean)
                .join(' ')}
              isPlanned={answer.dryRun || goes}
            />{' '}
            <span className="faint">in {guest}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
