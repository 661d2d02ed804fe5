/** All guests of libvirt with what they hold; one of them whole when it is opened. */
import { type ReactNode, useCallback } from 'react';
import { usePage } from '../context.ts';
import { useMarks } from '../host/marks.ts';
import { shortId } from '../host/words.ts';
import { formatPlace, START } from '../place/place.ts';
import { CardTable } from '../shell/card-table.tsx';
import { useViewKeys } from '../shell/use-view-keys.ts';
import { ProblemList } from '../shell/refusal-box.tsx';
import { GuestView } from './guest-view.tsx';
import { autostartWords, type Guest } from './guest-words.ts';
import { Link } from './link.tsx';
import './guests.css';

export function GuestsView(): ReactNode {
  const { state, place, known, refine } = usePage();
  const marked = useMarks(known.changed);
  const close = useCallback(() => refine({ open: null }), [refine]);
  useViewKeys(close);
  if (place.open !== null) return <GuestView name={place.open} />;
  const words = place.search.toLowerCase();
  const found = state.guests.filter(({ guest, uuid }) => guest.toLowerCase().includes(words) || uuid.startsWith(words));
  return (
    <>
      <h2>Guests</h2>
      {state.guests.length === 0 ? (
        <p>{state.host.libvirt.reachable ? 'No guest is defined in this libvirt.' : 'Guests are not known without libvirt. The host is shown all the same.'}</p>
      ) : (
        <>
          <div className="filters" role="search">
            <input
              id="search"
              type="search"
              aria-label="Search guests"
              placeholder="Search ( / )"
              value={place.search}
              onChange={(event) => refine({ search: event.target.value })}
            />
            <span role="status" className="faint">
              {found.length} of {state.guests.length}
            </span>
          </div>
          {found.length === 0 ? (
            <p>
              Nothing matches.{' '}
              <button type="button" onClick={() => refine({ search: '' })}>
                Clear
              </button>
            </p>
          ) : (
            <CardTable
              caption="Guests"
              columns={['Guest', 'State', 'Functions of the host', 'Autostart', 'Problems']}
              rows={found.map((guest) => ({ key: guest.uuid, isMarked: marked.has(guest.uuid), cells: cellsOf(guest) }))}
            />
          )}
        </>
      )}
    </>
  );
}

function cellsOf(guest: Guest): readonly ReactNode[] {
  return [
    <a key="name" href={formatPlace({ ...START, view: 'guests', open: guest.guest })}>
      {guest.guest}
    </a>,
    guest.state,
    guest.functions.length === 0 ? (
      <span className="faint">none</span>
    ) : (
      <ul className="links">
        {guest.functions.map(({ hostAddress, guestAddress, uid, live, config }) => (
          <li key={hostAddress}>
            <Link
              host={hostAddress}
              guest={[guestAddress?.replace(/^0000:/, ''), uid === null ? '' : `uid ${shortId(uid)}`].filter(Boolean).join(' ')}
              isPlanned={!live}
            />
            {live && config ? null : <span className="faint"> {live ? 'only as it runs' : 'only in its definition'}</span>}
          </li>
        ))}
      </ul>
    ),
    autostartWords(guest),
    guest.problems.length === 0 ? null : <ProblemList problems={guest.problems} />,
  ];
}
